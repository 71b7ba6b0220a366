#include "sql/driver.h"

#include "sql/driver_postgres.h"
#include "sql/driver_sqlite.h"

static const SqlDriver *const drivers[] = { &sql_driver_postgres, &sql_driver_sqlite };

const SqlDriver *sql_driver_find(Str location)
{
    for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
        if (drivers[i]->takes(location))
            return drivers[i];
    return NULL;
}
