#include "feature/demo/demo.h"
Error *demo_load(Task *task)
{
    (void)task;
    return NULL;
}
