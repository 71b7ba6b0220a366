#pragma once
/* Words of the demo catalogue: const tables from which its records are made by rules. All of it is
 * our own text; no name is meant to be a real company's. UTF-8, with accents on purpose, so that
 * folding search can be tried. */

#include "base/str.h"

#define DEMO_CHANNELS 4
#define DEMO_ASSOCIATIONS 2
#define DEMO_GROUPS 6
#define DEMO_RANGES 24
#define DEMO_BRANDS (DEMO_RANGES + 1)
#define DEMO_RANGE_KINDS 4
#define DEMO_MAX_VARIANTS 4

/* A channel or a kind of association. */
typedef struct DemoWord {
    Str code;
    Str name;
    Str description;
    Str locale; /* of channels */
} DemoWord;

typedef struct DemoBrand {
    Str code;
    Str mark; /* begins SKUs */
    Str name;
    Str description;
    bool is_inactive;
} DemoBrand;

/* A wide category; the ranges are its parts. */
typedef struct DemoGroup {
    Str code;
    Str name;
    Str description;
} DemoGroup;

typedef struct DemoVariant {
    Str name;
    Str mark; /* ends SKUs */
    int price_percent;
} DemoVariant;

typedef struct DemoVariants {
    Str before; /* with the name and a full stop, a sentence of the description */
    DemoVariant list[DEMO_MAX_VARIANTS];
    size_t count;
} DemoVariants;

typedef struct DemoKind {
    Str name;
    int price_cents;
    const DemoVariants *variants;
    Str sentence;
} DemoKind;

/* A category with its products. */
typedef struct DemoRange {
    Str code;
    Str mark; /* the middle of SKUs */
    Str name;
    size_t group;
    Str customs_number;
    Str description;
    Str closing; /* last sentence of some descriptions */
    DemoKind kinds[DEMO_RANGE_KINDS];
} DemoRange;

extern const DemoWord demo_channels[DEMO_CHANNELS];
extern const DemoWord demo_associations[DEMO_ASSOCIATIONS]; /* cross-sell, upsell */
extern const DemoGroup demo_groups[DEMO_GROUPS];
/* Each makes the range of the same index; the last one is the house brand and makes everything. */
extern const DemoBrand demo_brands[DEMO_BRANDS];
extern const DemoRange demo_ranges[DEMO_RANGES];
