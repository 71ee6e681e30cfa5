#include "kernels/synth/seizures.hpp"

#include <array>

#include "kernels/synth/calendar.hpp"
#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr std::uint64_t table_stream = 20;

enum Purpose : std::uint64_t
{
  reporter_purpose,
  departure_purpose,
  transit_purpose,
  transit_known_purpose,
  destination_purpose,
  place_purpose,
  direction_purpose,
  category_purpose,
  lines_purpose,
  conveyance_purpose,
  concealment_purpose,
  detection_purpose,
  goods_purpose = 32,  // and 32 more for each further line
};

enum GoodsPurpose : std::uint64_t
{
  product_draw,
  quantity_draw,
  missing_draw,
  value_draw,
};

/// Goods that are seized: invented sizes, real kinds.
struct Goods
{
  std::string_view category, product, unit;
  double log2_quantity;         ///< of the median line, in 0.001 units
  std::int64_t grams_per_unit;  ///< 0 = mass is not meaningful
  double log2_value;            ///< of the median US cents per unit
  int of_64;                    ///< how many of 64 lines
};

constexpr std::array<Goods, 18> goods = {{
    {"drugs", "cocaine", "KGM", 11.3, 1000, 21.6, 5},
    {"drugs", "cannabis", "KGM", 12.6, 1000, 18.5, 9},
    {"drugs", "methamphetamine", "KGM", 11.0, 1000, 20.6, 4},
    {"drugs", "khat", "KGM", 14.3, 1000, 13.3, 3},
    {"tobacco", "cigarettes", "C62", 23.3, 1, 5.0, 9},
    {"tobacco", "hand-rolling tobacco", "KGM", 15.6, 1000, 14.3, 3},
    {"alcohol", "spirits", "LTR", 16.6, 1000, 11.3, 2},
    {"alcohol", "beer", "LTR", 18.0, 1000, 8.3, 2},
    {"ipr", "clothing", "C62", 15.0, 0, 11.6, 7},
    {"ipr", "footwear", "NPR", 14.3, 0, 12.6, 3},
    {"ipr", "watches", "C62", 13.0, 0, 15.3, 2},
    {"medicines", "tablets", "C62", 19.3, 0, 7.6, 4},
    {"environment", "live reptiles", "C62", 12.3, 0, 14.3, 2},
    {"environment", "timber", "KGM", 21.3, 1000, 8.0, 2},
    {"weapons", "handguns", "C62", 10.6, 0, 16.6, 1},
    {"weapons", "ammunition", "C62", 15.6, 0, 6.6, 2},
    {"currency", "banknotes", "USD", 23.3, 0, 6.643856, 3},
    {"cultural", "coins", "C62", 13.6, 0, 13.3, 1},
}};

constexpr auto goods_of_draw = []
{
  std::array<std::uint8_t, 64> slots{};
  std::size_t next = 0;
  for (std::size_t i = 0; i < goods.size(); ++i)
  {
    for (int k = 0; k < goods[i].of_64; ++k)
    {
      slots.at(next++) = static_cast<std::uint8_t>(i);
    }
  }
  return next == slots.size() ? slots : throw "the shares do not add up to 64";
}();

constexpr std::array<std::string_view, 8> places = {"airport", "airport", "seaport", "seaport",
                                                    "land",    "land",    "mail",    "inland"};
constexpr std::array<std::string_view, 8> directions = {"import", "import", "import",  "import",
                                                        "import", "export", "transit", "internal"};
constexpr std::array<std::string_view, 8> conveyances = {"air",     "air",  "vessel", "vehicle",
                                                         "vehicle", "mail", "rail",   "pedestrian"};
constexpr std::array<std::string_view, 8> concealments = {"baggage", "baggage", "freight", "freight",
                                                          "vehicle", "parcel",  "body",    "none"};
constexpr std::array<std::string_view, 4> detections = {"risk profile", "routine control", "dog",
                                                        "information"};

void append_line(std::string& out, std::string_view front, int line, Draws const& draws, World const& world,
                 std::string_view back)
{
  auto const purpose = [&](GoodsPurpose p)
  { return goods_purpose + 32 * static_cast<std::uint64_t>(line) + p; };
  std::uint32_t const slot =
      draws.below(line == 1 ? category_purpose : purpose(product_draw), goods_of_draw.size());
  Goods const& g = goods[goods_of_draw[slot]];
  // Three doublings: a few cases carry most of the quantity, as in published seizures.
  Fixed const size = scaled(fixed(3), world.normal(draws.bits(purpose(quantity_draw))));
  std::int64_t quantity = world.exp2(fixed(g.log2_quantity) + size);
  if (g.unit != "KGM" && g.unit != "LTR")
  {
    quantity = (quantity + 999) / 1000 * 1000;
  }
  Fixed const spread = g.unit == "USD" ? 0 : fixed(0.4);  // a dollar is worth a dollar
  Fixed const price = fixed(g.log2_value) + scaled(spread, world.normal(draws.bits(purpose(value_draw))));
  constexpr Fixed log2_thousand = fixed(9.965784);
  std::int64_t const value = world.exp2(fixed(g.log2_quantity) + size + price - log2_thousand);
  std::uint32_t const missing = draws.below(purpose(missing_draw), 100);

  std::array<char, 256> buffer;
  RowText row(buffer.data());
  row.text(front).mark(',').number(line).mark(',').text(g.category).mark(',').text(g.product).mark(',');
  if (missing >= 3)
  {
    row.decimal<3>(quantity).mark(',').text(g.unit).mark(',');
    if (g.grams_per_unit > 0)
    {
      row.decimal<3>(quantity / 1000 * g.grams_per_unit + quantity % 1000 * g.grams_per_unit / 1000);
    }
  }
  else
  {
    row.mark(',').text(g.unit).mark(',');
  }
  row.mark(',');
  if (missing < 60)
  {
    row.decimal<2>(value);
  }
  row.text(back).mark('\n');
  out.append(row.view());
}

}  // namespace

std::string_view seizures_header()
{
  return "case_id,date,reporter,location,direction,line,category,product,quantity,unit,mass_kg,value_usd,"
         "conveyance,"
         "concealment,detection,departure,transit,destination\n";
}

void append_seizures(World const& world, SeizureYear const& year, std::int64_t first, std::int64_t count,
                     std::string& out)
{
  std::uint64_t const stream = stream_key(world.seed(), table_stream);
  Calendar const calendar(year.year);
  for (std::int64_t i = first; i < first + count; ++i)
  {
    std::int64_t const number = year.cases_before + i;
    Draws const draws(stream, static_cast<std::uint64_t>(number));
    std::string_view const reporter =
        country_code(reporter_country(world.draw_reporter(draws.bits(reporter_purpose))));
    std::array<char, 96> front_buffer;
    RowText front(front_buffer.data());
    front.number(number + 1).mark(',');
    front.text(calendar.date(i * calendar.days() / year.cases)).mark(',');
    front.text(reporter).mark(',').text(places[draws.below(place_purpose, places.size())]).mark(',');
    front.text(directions[draws.below(direction_purpose, directions.size())]);

    std::array<char, 128> back_buffer;
    RowText back(back_buffer.data());
    back.mark(',').text(conveyances[draws.below(conveyance_purpose, conveyances.size())]).mark(',');
    back.text(concealments[draws.below(concealment_purpose, concealments.size())]).mark(',');
    back.text(detections[draws.below(detection_purpose, detections.size())]).mark(',');
    std::uint32_t const known = draws.below(transit_known_purpose, 100);
    back.text(known >= 12 ? country_code(draws.below(departure_purpose, country_count)) : "").mark(',');
    back.text(known >= 70 ? country_code(world.draw_country(draws.bits(transit_purpose))) : "").mark(',');
    back.text(known % 3 != 0 ? reporter : country_code(world.draw_country(draws.bits(destination_purpose))));

    std::uint32_t const further = draws.below(lines_purpose, 100);
    int const lines = 1 + (further < 15 ? 1 : 0) + (further < 3 ? 1 : 0);
    for (int line = 1; line <= lines; ++line)
    {
      append_line(out, front.view(), line, draws, world, back.view());
    }
  }
}

}  // namespace tarifa::kernels
