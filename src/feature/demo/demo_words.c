#include "feature/demo/demo_words.h"

#define T(text)                \
    {                          \
        text, sizeof(text) - 1 \
    }

/* clang-format off */
const DemoWord demo_channels[DEMO_CHANNELS] = {
    { T("webshop"), T("Web shop"), T("Our own shop for private customers."), T("en_US") },
    { T("marketplace"), T("Marketplace"), T("Offers on other people's platforms. Needs an EAN."), T("de_DE") },
    { T("print"), T("Print catalogue"), T("The yearly book, closed for changes each September."), T("de_DE") },
    { T("dealer"), T("Dealer portal"), T("For specialist shops, with net prices."), T("fr_FR") },
};

const DemoWord demo_associations[DEMO_ASSOCIATIONS] = {
    { T("cross-sell"), T("Cross-sell"), T("What goes well with it."), { NULL, 0 } },
    { T("upsell"), T("Upsell"), T("The larger or better one."), { NULL, 0 } },
};

const DemoGroup demo_groups[DEMO_GROUPS] = {
    { T("kitchen"), T("Kitchen & Café"), T("For cooking, baking and a good cup in between.") },
    { T("workshop"), T("Workshop"), T("Tools and order for people who repair things.") },
    { T("outdoor"), T("Bicycle & Outdoor"), T("On the road, on the trail and back again.") },
    { T("office"), T("Office & Study"), T("Paper, light and a tidy desk.") },
    { T("home"), T("Home & Textiles"), T("What makes four walls a home.") },
    { T("garden"), T("Garden & Balcony"), T("From the window box to the orchard.") },
};

const DemoBrand demo_brands[DEMO_BRANDS] = {
    { T("kaldera"), T("KAL"), T("Kaldera"), T("Glass and steel for coffee people."), false },
    { T("boehmlind"), T("BOL"), T("Böhm & Lindqvist"), T("Enamelled and cast kitchenware."), false },
    { T("petitfour"), T("PTF"), T("Petit Fournil"), T("Bakeware after the customs of small bakeries."), false },
    { T("saltholm"), T("SAH"), T("Saltholmen"), T("Plain boards, bowls and knives."), false },

    { T("grosswerk"), T("GRW"), T("Größwerk"), T("Hand tools with replaceable parts."), false },
    { T("tornvik"), T("TRN"), T("Tornvik"), T("Measuring and marking tools."), false },
    { T("eisenhag"), T("EIS"), T("Eisenhag"), T("Steel storage, welded and powder-coated."), false },
    { T("palmari"), T("PAL"), T("Palmari"), T("Protection for hands, eyes and ears."), false },

    { T("velomira"), T("VEL"), T("Vélomira"), T("Parts and bags for everyday cycling."), false },
    { T("lumenta"), T("LUM"), T("Lumenta"), T("Lamps for the way home."), false },
    { T("nordpass"), T("NDP"), T("Nordpass Trail"), T("Tents and rucksacks that can be mended."), false },
    { T("quellan"), T("QLN"), T("Quellan"), T("Bottles and cookers for on the way."), false },

    { T("papyra"), T("PAP"), T("Papyra"), T("Paper goods, bound by thread."), false },
    { T("schreibgut"), T("SGT"), T("Schreibgut Müller-Ohm"), T("Pens, inks and what belongs to them."), false },
    { T("ordena"), T("ORD"), T("Ordeña"), T("Files, boxes and trays."), false },
    { T("klarsicht"), T("KLS"), T("Klarsicht & Söhne"), T("Lamps and stands for the desk."), false },

    { T("linum"), T("LIN"), T("Linum Hus"), T("Linen and cotton, woven in small mills."), false },
    { T("cirea"), T("CIR"), T("Ciréa"), T("Candles, lanterns and scents."), false },
    { T("holzform"), T("HZF"), T("Holzform Ångdal"), T("Small furniture from local wood."), false },
    { T("badeleben"), T("BDL"), T("Badeleben"), T("Things for the bathroom."), false },

    { T("gruenhand"), T("GRH"), T("Grünhand"), T("Garden tools with ash handles."), false },
    { T("terracota"), T("TCO"), T("Terra Corvo"), T("Pots and planters, fired twice."), false },
    { T("aguazul"), T("AGZ"), T("Água Azul"), T("Watering, from the can to the drip line."), false },
    { T("seedwell"), T("SDW"), T("Seedwell"), T("Open-pollinated seed. Joined Grünhand; being phased out."), true },

    { T("allmend"), T("ALM"), T("Allmend Basics"), T("Our house brand: good, plain, no frills."), false },
};
/* clang-format on */
