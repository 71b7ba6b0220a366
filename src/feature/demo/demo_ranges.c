#include "feature/demo/demo_words.h"

#define T(text)                \
    {                          \
        text, sizeof(text) - 1 \
    }

enum { KITCHEN, WORKSHOP, OUTDOOR, OFFICE, HOME, GARDEN };

/* clang-format off */
static const DemoVariants volumes = { T("Holds "), {
    { T("0.5 l"), T("05"), 80 }, { T("1 l"), T("10"), 100 }, { T("1.5 l"), T("15"), 125 } }, 3 };
static const DemoVariants litres = { T("Room for "), {
    { T("15 l"), T("15"), 75 }, { T("30 l"), T("30"), 100 }, { T("60 l"), T("60"), 160 } }, 3 };
static const DemoVariants diameters = { T("Diameter: "), {
    { T("Ø 20 cm"), T("20"), 80 }, { T("Ø 24 cm"), T("24"), 100 }, { T("Ø 28 cm"), T("28"), 120 } }, 3 };
static const DemoVariants lengths = { T("Length: "), {
    { T("40 cm"), T("40"), 80 }, { T("60 cm"), T("60"), 100 }, { T("80 cm"), T("80"), 130 } }, 3 };
static const DemoVariants sizes = { T("Comes in "), {
    { T("Größe S"), T("S"), 100 }, { T("Größe M"), T("M"), 100 }, { T("Größe L"), T("L"), 100 },
    { T("Größe XL"), T("XL"), 110 } }, 4 };
static const DemoVariants colours = { T("Colour: "), {
    { T("anthracite"), T("AN"), 100 }, { T("crème"), T("CR"), 100 }, { T("moss green"), T("MG"), 100 } }, 3 };
static const DemoVariants woods = { T("Made of "), {
    { T("beech"), T("BE"), 90 }, { T("oak"), T("OA"), 110 }, { T("walnut"), T("WA"), 150 } }, 3 };
static const DemoVariants packs = { T("Sold as a "), {
    { T("set of 2"), T("2"), 100 }, { T("set of 4"), T("4"), 185 }, { T("set of 6"), T("6"), 260 } }, 3 };
static const DemoVariants formats = { T("Format: "), {
    { T("A6"), T("A6"), 70 }, { T("A5"), T("A5"), 100 }, { T("A4"), T("A4"), 145 } }, 3 };
static const DemoVariants lights = { T("Brightness: "), {
    { T("200 lm"), T("200"), 80 }, { T("400 lm"), T("400"), 100 }, { T("800 lm"), T("800"), 155 } }, 3 };

const DemoRange demo_ranges[DEMO_RANGES] = {
    { T("coffee-tea"), T("COF"), T("Coffee & Tea"), KITCHEN, T("70134999"),
      T("Presses, pots and grinders."), T("All loose parts may go into the dishwasher."), {
        { T("Café Press"), 3490, &volumes, T("A French press with a double sieve that keeps the grounds where they belong.") },
        { T("Tea Pot Jasmin"), 2990, &volumes, T("Clear glass, a wide steel strainer and a lid that does not fall out.") },
        { T("Hand Grinder"), 5900, &colours, T("Conical steel burrs, 18 settings from mocha to filter.") },
        { T("Café au Lait Bowl"), 1450, &colours, T("Stoneware for breakfast with both hands.") } } },
    { T("cookware"), T("COK"), T("Cookware"), KITCHEN, T("73239300"),
      T("Pots and pans for every hob."), T("Suits gas, glass ceramic and induction."), {
        { T("Frying Pan"), 4990, &diameters, T("Forged steel that gets better with each steak.") },
        { T("Sauté Pan"), 6490, &diameters, T("High sides and a long handle for sauces that must not spill.") },
        { T("Milk Pan"), 2790, &volumes, T("Enamelled inside and out, with a lip on both sides.") },
        { T("Cocotte"), 11900, &colours, T("Cast iron with a heavy lid; bread bakes in it as well as a stew.") } } },
    { T("baking"), T("BAK"), T("Baking"), KITCHEN, T("73239900"),
      T("Tins, moulds and dough tools."), T("Heat-resistant up to 230 °C."), {
        { T("Springform Tin"), 2190, &diameters, T("A lock that closes tightly and a base with a rim for carrying.") },
        { T("Crème Brûlée Dishes"), 1690, &packs, T("Flat porcelain dishes for a crust that cracks.") },
        { T("Rolling Pin"), 1890, &woods, T("One piece without handles, for an even sheet of dough.") },
        { T("Mixing Bowl"), 1590, &volumes, T("A rubber foot keeps it in place at any angle.") } } },
    { T("boards-knives"), T("BRD"), T("Boards & Knives"), KITCHEN, T("44191100"),
      T("For cutting, serving and carving."), T("Wash by hand and oil from time to time."), {
        { T("Chopping Board"), 3290, &woods, T("End grain, gentle to every blade, with a groove for juice.") },
        { T("Bread Knife"), 4590, &woods, T("A long wave that goes through crust without crumbs.") },
        { T("Steak Knives"), 3890, &packs, T("Straight blades that can be sharpened at home.") },
        { T("Magnetic Knife Rail"), 4190, &lengths, T("Holds knives by the wall and their edges in the air.") } } },

    { T("hand-tools"), T("HND"), T("Hand Tools"), WORKSHOP, T("82054000"),
      T("What every tool box begins with."), T("Each part can be ordered singly."), {
        { T("Screwdrivers"), 1990, &packs, T("Hexagonal blades with a bolster for a spanner.") },
        { T("Joiner's Hammer"), 2690, &woods, T("300 g, balanced, with a wedge that can be driven again.") },
        { T("Japanese Saw"), 3490, &lengths, T("Cuts on the pull and leaves a line as thin as a card.") },
        { T("Combination Pliers"), 2390, &packs, T("Induction-hardened edges and grips without softeners.") } } },
    { T("measuring"), T("MEA"), T("Measuring & Marking"), WORKSHOP, T("90178090"),
      T("Rules, levels and squares."), T("Checked against a master before it leaves the house."), {
        { T("Spirit Level"), 3190, &lengths, T("Three vials, milled faces and a hole to hang it by.") },
        { T("Steel Rule"), 990, &lengths, T("Etched lines on both edges; the end is the zero.") },
        { T("Marking Gauge"), 2890, &woods, T("A round cutter that follows the edge and not the grain.") },
        { T("Carpenter Pencils"), 590, &packs, T("Flat, so that they stay on the roof.") } } },
    { T("storage"), T("STO"), T("Workshop Storage"), WORKSHOP, T("94032080"),
      T("Boxes, walls and trolleys."), T("Powder-coated steel, stackable."), {
        { T("Tool Box"), 4490, &litres, T("Opens in two steps, so that nothing lies at the bottom.") },
        { T("Stacking Crate"), 1290, &litres, T("Carries 40 kg and another crate on top.") },
        { T("Pegboard"), 3590, &lengths, T("Comes with twelve hooks; more hooks fit without tools.") },
        { T("Parts Cabinet"), 5290, &colours, T("Thirty clear drawers with stops.") } } },
    { T("protection"), T("PRO"), T("Work Protection"), WORKSHOP, T("61161080"),
      T("Gloves, goggles and clothes."), T("Tested for daily work."), {
        { T("Assembly Gloves"), 790, &sizes, T("Thin enough to feel an M4 nut, coated against oil.") },
        { T("Work Trousers Tomás"), 7490, &sizes, T("Eleven pockets, two of them for knee pads.") },
        { T("Safety Goggles"), 1490, &colours, T("Fit over spectacles and do not mist.") },
        { T("Ear Defenders"), 2290, &colours, T("27 dB quieter, and light enough for a day.") } } },

    { T("bags"), T("BAG"), T("Bicycle Bags"), OUTDOOR, T("42029298"),
      T("For shopping, commuting and long tours."), T("Repairs at cost price for ten years."), {
        { T("Pannier Bag"), 6990, &colours, T("Rolls shut and clicks on to any carrier with one hand.") },
        { T("Handlebar Bag"), 5490, &colours, T("The map stays in sight, the camera within reach.") },
        { T("Courier Rucksack"), 8990, &litres, T("A hip belt for real loads and a loop for the light.") },
        { T("Saddle Roll"), 3290, &colours, T("Waxed cotton for a tube, a pump and two levers.") } } },
    { T("lights"), T("LIG"), T("Lights"), OUTDOOR, T("85121000"),
      T("To see and to be seen."), T("Charges by USB-C in under three hours."), {
        { T("Front Lamp"), 4990, &lights, T("A cut-off beam that spares the eyes of others.") },
        { T("Head Torch"), 3990, &lights, T("Red light for the tent, white light for the path.") },
        { T("Camp Lantern"), 4490, &lights, T("Warm light and a hook that folds away.") },
        { T("Reflective Bands"), 890, &packs, T("Wide, soft and visible from 200 m.") } } },
    { T("camping"), T("CMP"), T("Camping"), OUTDOOR, T("63062200"),
      T("Shelter, warmth and a hot meal."), T("Spare parts are in the shop."), {
        { T("Trekking Rucksack"), 14900, &litres, T("An adjustable back and a rain cover in the base.") },
        { T("Down Jacket Névé"), 18900, &sizes, T("Traceable down, stuffs into its own pocket.") },
        { T("Dry Sack"), 1690, &litres, T("Welded seams; what is in it stays dry.") },
        { T("Camp Kettle"), 2990, &volumes, T("Boils fast thanks to a ring of fins under the base.") } } },
    { T("bottles"), T("BTL"), T("Bottles & Lunch Boxes"), OUTDOOR, T("96170000"),
      T("Drink and food for the way."), T("Free of BPA."), {
        { T("Insulated Bottle"), 2790, &volumes, T("Cold for a day, hot for half of one.") },
        { T("Müsli Jar"), 1990, &colours, T("Yoghurt below, Müsli above, and a spoon in the lid.") },
        { T("Lunch Box"), 2490, &volumes, T("Steel with a divider that can be moved.") },
        { T("Drinking Cups"), 1190, &packs, T("Nest into each other and weigh next to nothing.") } } },

    { T("notebooks"), T("NOT"), T("Notebooks"), OFFICE, T("48201030"),
      T("Bound, stitched and spiral."), T("Paper from certified forests, 90 g/m²."), {
        { T("Thread-bound Notebook"), 1490, &formats, T("Lies flat from the first page to the last.") },
        { T("Sketch Book"), 1790, &formats, T("Heavy paper that takes a wash.") },
        { T("Spiral Pad"), 690, &formats, T("Perforated, with a stiff back for standing meetings.") },
        { T("Résumé Folder"), 890, &colours, T("A simple folder for an application that stands out.") } } },
    { T("writing"), T("WRI"), T("Pens & Ink"), OFFICE, T("96083000"),
      T("For people who still write."), T("Refills are standard sizes."), {
        { T("Fountain Pen"), 3990, &colours, T("A steel nib that forgives left-handers.") },
        { T("Gel Pens"), 790, &packs, T("Dry in a second and do not fade.") },
        { T("Pencil Tray"), 2190, &woods, T("Five grooves and a place for the rubber.") },
        { T("Whiteboard Markers"), 890, &packs, T("No smell, wipe off even after a week.") } } },
    { T("filing"), T("FIL"), T("Filing"), OFFICE, T("48203000"),
      T("Folders, boxes and trays."), T("Recycled board, edges in linen."), {
        { T("Archive Box"), 1290, &formats, T("Arrives flat and holds without glue.") },
        { T("Letter Tray"), 3490, &woods, T("Stacks with a shift, so that both are in reach.") },
        { T("Ring Binder"), 590, &colours, T("Metal edges and a label that can be changed.") },
        { T("Index Boxes"), 1590, &packs, T("For cards, seeds or screws.") } } },
    { T("desk-lamps"), T("DSK"), T("Desk & Light"), OFFICE, T("94052190"),
      T("Lamps, stands and shelves."), T("Assembled in ten minutes."), {
        { T("Desk Lamp"), 7990, &lights, T("Turns at three joints and remembers its brightness.") },
        { T("Monitor Stand"), 4990, &woods, T("Brings the screen to eye level and hides the keyboard.") },
        { T("Wall Shelf"), 4290, &lengths, T("No visible screws, carries two rows of books.") },
        { T("Cable Tray Façade"), 2490, &lengths, T("Hides what hangs down behind the desk.") } } },

    { T("bed-linen"), T("BED"), T("Bed & Bath Linen"), HOME, T("63023100"),
      T("Linen, cotton and terry."), T("Washes at 60 °C."), {
        { T("Pillow Cases"), 2490, &packs, T("Washed linen with an envelope closing.") },
        { T("Hand Towels"), 1890, &packs, T("Long loops that dry well from the first day.") },
        { T("Bathrobe"), 6990, &sizes, T("Waffle weave, two deep pockets, no scratchy label.") },
        { T("Throw Blanket"), 5990, &colours, T("Woven from spun-again wool.") } } },
    { T("candles"), T("CAN"), T("Candles & Lanterns"), HOME, T("34060000"),
      T("Light that moves."), T("Poured by hand."), {
        { T("Pillar Candles"), 990, &packs, T("Rapeseed wax, burns evenly for forty hours.") },
        { T("Storm Lantern"), 3990, &colours, T("A wire cage and a glass that lifts for lighting.") },
        { T("Candle Tray"), 1990, &woods, T("Brass cups that can be lifted out for cleaning.") },
        { T("Scented Candle Forêt"), 2290, &colours, T("Moss, resin and a little smoke.") } } },
    { T("small-furniture"), T("FUR"), T("Small Furniture"), HOME, T("94036090"),
      T("Stools, hooks and side tables."), T("Oiled, not varnished."), {
        { T("Step Stool"), 7990, &woods, T("Two steps, one handle, no wobble.") },
        { T("Coat Rail"), 4490, &lengths, T("Pegs that turn in when nobody visits.") },
        { T("Side Table"), 9900, &woods, T("A tray on three legs; the tray comes off.") },
        { T("Bench Größling"), 15900, &lengths, T("For the hall: sit down, shoes off, lid up, shoes in.") } } },
    { T("bathroom"), T("BTH"), T("Bathroom"), HOME, T("39249000"),
      T("Order around the basin."), T("Rustproof."), {
        { T("Soap Dispenser"), 1690, &colours, T("One hand is enough, refilling takes a minute.") },
        { T("Shower Shelf"), 2990, &lengths, T("Holds without drilling.") },
        { T("Laundry Basket"), 3490, &litres, T("Light, with air on all sides.") },
        { T("Bath Mat"), 2790, &colours, T("Heavy terry with a back that stays put.") } } },

    { T("garden-tools"), T("GTL"), T("Garden Tools"), GARDEN, T("82013000"),
      T("Digging, cutting and raking."), T("Handles can be replaced."), {
        { T("Hand Fork"), 1890, &woods, T("Three forged tines that do not bend on stones.") },
        { T("Pruning Saw"), 2990, &lengths, T("Folds, locks and cuts green wood cleanly.") },
        { T("Garden Gloves"), 1290, &sizes, T("Goatskin against thorns, cotton against sweat.") },
        { T("Leaf Rake"), 2490, &woods, T("Flexible tines that leave the moss alone.") } } },
    { T("pots"), T("POT"), T("Pots & Planters"), GARDEN, T("69149000"),
      T("From the herb pot to the tub."), T("Frost-proof when empty."), {
        { T("Terracotta Pot"), 1490, &diameters, T("Thick walls that hold water for thirsty days.") },
        { T("Window Box"), 2190, &lengths, T("Two drains and a lip for the railing.") },
        { T("Planting Bag"), 990, &litres, T("For potatoes on the balcony; lasts several seasons.") },
        { T("Jardinière"), 5990, &colours, T("A tall planter with a shelf, so that less soil is needed.") } } },
    { T("watering"), T("WAT"), T("Watering"), GARDEN, T("73269098"),
      T("Cans, hoses and timers."), T("Keep it away from frost."), {
        { T("Watering Can"), 3490, &colours, T("A long neck and a rose as gentle as drizzle.") },
        { T("Rain Barrel"), 6490, &litres, T("A small barrel for a downpipe, with a tap at can height.") },
        { T("Plant Mister"), 1690, &volumes, T("A fine mist, also upside down.") },
        { T("Clay Drippers"), 1290, &packs, T("Water a pot for a week from any bottle.") } } },
    { T("grow"), T("GRO"), T("Seeds & Growing"), GARDEN, T("12099180"),
      T("From seed to seedling."), T("Sowing calendar included."), {
        { T("Seedling Trays"), 890, &packs, T("Firm enough for many springs, with a clear hood.") },
        { T("Wild Flower Mix"), 690, &packs, T("Thirty native kinds for bees of all sizes.") },
        { T("Cold Frame"), 8990, &lengths, T("Begins the season four weeks earlier.") },
        { T("Jalapeño Grow Kit"), 1490, &colours, T("Seeds, peat-free soil and a pot with a saucer.") } } },
};
/* clang-format on */
