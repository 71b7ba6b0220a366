#include "feature/demo/demo_german.h"

/* clang-format off */
static const struct { const char *english; const char *german; } words[] = {
    { "Web shop", "Webshop" }, { "Marketplace", "Marktplatz" }, { "Print catalogue", "Druckkatalog" },
    { "Dealer portal", "Händlerportal" },

    { "Cross-sell", "Passt dazu" }, { "Upsell", "Die bessere Wahl" },

    { "Kitchen & Café", "Küche & Café" }, { "Workshop", "Werkstatt" }, { "Bicycle & Outdoor", "Fahrrad & Outdoor" },
    { "Office & Study", "Büro & Arbeitszimmer" }, { "Home & Textiles", "Wohnen & Textilien" },
    { "Garden & Balcony", "Garten & Balkon" },

    { "Coffee & Tea", "Kaffee & Tee" }, { "Cookware", "Kochgeschirr" }, { "Baking", "Backen" },
    { "Boards & Knives", "Bretter & Messer" }, { "Hand Tools", "Handwerkzeug" },
    { "Measuring & Marking", "Messen & Anreißen" }, { "Workshop Storage", "Werkstattordnung" },
    { "Work Protection", "Arbeitsschutz" }, { "Bicycle Bags", "Fahrradtaschen" }, { "Lights", "Lampen" },
    { "Camping", "Camping" }, { "Bottles & Lunch Boxes", "Flaschen & Brotdosen" }, { "Notebooks", "Notizbücher" },
    { "Pens & Ink", "Stifte & Tinte" }, { "Filing", "Ablage" }, { "Desk & Light", "Schreibtisch & Licht" },
    { "Bed & Bath Linen", "Bett- & Badwäsche" }, { "Candles & Lanterns", "Kerzen & Laternen" },
    { "Small Furniture", "Kleinmöbel" }, { "Bathroom", "Badezimmer" }, { "Garden Tools", "Gartengeräte" },
    { "Pots & Planters", "Töpfe & Pflanzgefäße" }, { "Watering", "Bewässerung" },
    { "Seeds & Growing", "Saatgut & Anzucht" },

    { "Café Press", "Pressstempelkanne" }, { "Tea Pot Jasmin", "Teekanne Jasmin" }, { "Hand Grinder", "Handmühle" },
    { "Café au Lait Bowl", "Milchkaffeeschale" }, { "Frying Pan", "Bratpfanne" }, { "Sauté Pan", "Sautépfanne" },
    { "Milk Pan", "Milchtopf" }, { "Cocotte", "Schmortopf" }, { "Springform Tin", "Springform" },
    { "Crème Brûlée Dishes", "Crème-brûlée-Schälchen" }, { "Rolling Pin", "Nudelholz" },
    { "Mixing Bowl", "Rührschüssel" }, { "Chopping Board", "Schneidebrett" }, { "Bread Knife", "Brotmesser" },
    { "Steak Knives", "Steakmesser" }, { "Magnetic Knife Rail", "Magnetleiste" },

    { "Screwdrivers", "Schraubendreher" }, { "Joiner's Hammer", "Schreinerhammer" }, { "Japanese Saw", "Japansäge" },
    { "Combination Pliers", "Kombizange" }, { "Spirit Level", "Wasserwaage" }, { "Steel Rule", "Stahllineal" },
    { "Marking Gauge", "Streichmaß" }, { "Carpenter Pencils", "Zimmermannsbleistifte" },
    { "Tool Box", "Werkzeugkasten" }, { "Stacking Crate", "Stapelkiste" }, { "Pegboard", "Lochwand" },
    { "Parts Cabinet", "Kleinteilemagazin" }, { "Assembly Gloves", "Montagehandschuhe" },
    { "Work Trousers Tomás", "Arbeitshose Tomás" }, { "Safety Goggles", "Schutzbrille" },
    { "Ear Defenders", "Gehörschutz" },

    { "Pannier Bag", "Gepäckträgertasche" }, { "Handlebar Bag", "Lenkertasche" },
    { "Courier Rucksack", "Kurierrucksack" }, { "Saddle Roll", "Satteltasche" }, { "Front Lamp", "Frontlicht" },
    { "Head Torch", "Stirnlampe" }, { "Camp Lantern", "Zeltlaterne" }, { "Reflective Bands", "Reflexbänder" },
    { "Trekking Rucksack", "Trekkingrucksack" }, { "Down Jacket Névé", "Daunenjacke Névé" },
    { "Dry Sack", "Packsack" }, { "Camp Kettle", "Campingkessel" }, { "Insulated Bottle", "Isolierflasche" },
    { "Müsli Jar", "Müslibecher" }, { "Lunch Box", "Brotdose" }, { "Drinking Cups", "Trinkbecher" },

    { "Thread-bound Notebook", "Notizbuch mit Fadenheftung" }, { "Sketch Book", "Skizzenbuch" },
    { "Spiral Pad", "Spiralblock" }, { "Résumé Folder", "Bewerbungsmappe" }, { "Fountain Pen", "Füllfederhalter" },
    { "Gel Pens", "Gelstifte" }, { "Pencil Tray", "Stiftschale" }, { "Whiteboard Markers", "Whiteboardmarker" },
    { "Archive Box", "Archivschachtel" }, { "Letter Tray", "Briefablage" }, { "Ring Binder", "Ringordner" },
    { "Index Boxes", "Karteikästen" }, { "Desk Lamp", "Schreibtischlampe" },
    { "Monitor Stand", "Bildschirmständer" }, { "Wall Shelf", "Wandregal" },
    { "Cable Tray Façade", "Kabelkanal Façade" },

    { "Pillow Cases", "Kissenbezüge" }, { "Hand Towels", "Handtücher" }, { "Bathrobe", "Bademantel" },
    { "Throw Blanket", "Wolldecke" }, { "Pillar Candles", "Stumpenkerzen" }, { "Storm Lantern", "Sturmlaterne" },
    { "Candle Tray", "Kerzenteller" }, { "Scented Candle Forêt", "Duftkerze Forêt" },
    { "Step Stool", "Tritthocker" }, { "Coat Rail", "Garderobenleiste" }, { "Side Table", "Beistelltisch" },
    { "Bench Größling", "Bank Größling" }, { "Soap Dispenser", "Seifenspender" }, { "Shower Shelf", "Duschablage" },
    { "Laundry Basket", "Wäschekorb" }, { "Bath Mat", "Badematte" },

    { "Hand Fork", "Handgabel" }, { "Pruning Saw", "Astsäge" }, { "Garden Gloves", "Gartenhandschuhe" },
    { "Leaf Rake", "Laubrechen" }, { "Terracotta Pot", "Terrakottatopf" }, { "Window Box", "Balkonkasten" },
    { "Planting Bag", "Pflanzsack" }, { "Jardinière", "Blumenkübel" }, { "Watering Can", "Gießkanne" },
    { "Rain Barrel", "Regentonne" }, { "Plant Mister", "Blumensprüher" }, { "Clay Drippers", "Tontropfer" },
    { "Seedling Trays", "Anzuchtschalen" }, { "Wild Flower Mix", "Wildblumenmischung" },
    { "Cold Frame", "Frühbeet" }, { "Jalapeño Grow Kit", "Jalapeño-Anzuchtset" },

    { "0.5 l", "0,5 l" }, { "1.5 l", "1,5 l" }, { "anthracite", "anthrazit" }, { "crème", "creme" },
    { "moss green", "moosgrün" }, { "beech", "Buche" }, { "oak", "Eiche" }, { "walnut", "Nussbaum" },
    { "set of 2", "2 Stück" }, { "set of 4", "4 Stück" }, { "set of 6", "6 Stück" },
};
/* clang-format on */

Str demo_german_find(Str english)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_equal(english, str_from(words[i].english)))
            return str_from(words[i].german);
    return STR_NONE;
}

Str demo_german(Str english)
{
    Str german = demo_german_find(english);
    return str_is_none(german) ? english : german;
}
