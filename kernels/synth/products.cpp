#include "kernels/synth/products.hpp"

#include <algorithm>
#include <utility>

#include "kernels/statistics/random.hpp"

namespace tarifa::kernels
{
namespace
{

enum Stream : std::uint64_t
{
  product_stream = 90,
  revision_stream = 81,
  line_stream = 82,
};

/// Products of a chapter: 40, and more where the real nomenclature is dense. 96 chapters (77 is reserved)
/// give 5,000.
std::uint32_t codes_in_chapter(std::uint32_t chapter)
{
  constexpr std::pair<std::uint32_t, std::uint32_t> dense[] = {
      {84, 330}, {29, 260}, {85, 230}, {90, 100}, {62, 60}, {61, 60}, {39, 40}, {72, 40}, {73, 40}};
  auto const* const found =
      std::find_if(std::begin(dense), std::end(dense), [&](auto const& d) { return d.first == chapter; });
  return 40 + (found == std::end(dense) ? 0 : found->second);
}

/// [log2 of US dollars per kg] Invented level of the prices of a chapter: ores far below machines far below
/// watches.
double chapter_log2_price(std::uint32_t chapter)
{
  constexpr std::pair<std::uint32_t, double> last_of_group[] = {
      {5, 2.0},   {8, 0.8},  {12, -1.2}, {15, 0.8}, {24, 1.6}, {26, -3.0}, {27, -0.7}, {29, 2.0}, {30, 6.5},
      {31, -1.2}, {40, 1.8}, {43, 4.0},  {49, 0.6}, {55, 2.0}, {60, 2.6},  {63, 4.2},  {67, 3.8}, {70, 0.4},
      {71, 11.0}, {73, 0.6}, {83, 2.6},  {84, 4.0}, {85, 5.0}, {86, 2.4},  {87, 3.4},  {88, 8.5}, {89, 2.8},
      {90, 6.2},  {91, 8.0}, {92, 4.6},  {93, 5.5}, {96, 3.2}, {97, 9.0}};
  return std::find_if(std::begin(last_of_group), std::end(last_of_group),
                      [&](auto const& g) { return chapter <= g.first; })
      ->second;
}

struct UnitFacts
{
  std::uint8_t unit;
  double log2_per_kg;  ///< of the median product of the chapter
};

UnitFacts chapter_unit(std::uint32_t chapter)
{
  if (chapter == 22)
  {
    return {2, 0.0};
  }
  if (chapter == 44 || chapter == 57 || chapter == 59)
  {
    return {3, -1.5};
  }
  if (chapter == 64)
  {
    return {4, -0.2};
  }
  if (chapter == 87 || chapter == 89)
  {
    return {1, -8.0};
  }
  bool const counted = chapter == 1 || chapter == 42 || (chapter >= 61 && chapter <= 63) || chapter == 65
                       || (chapter >= 82 && chapter <= 97);
  return counted ? UnitFacts{1, 0.5} : UnitFacts{0, 0.0};
}

constexpr std::array<std::uint32_t, 5> subheading = {10, 20, 30, 40, 90};

HsCode digits_of(std::uint32_t code)
{
  HsCode digits{};
  for (std::size_t i = 6; i-- > 0; code /= 10)
  {
    digits[i] = static_cast<char>('0' + code % 10);
  }
  return digits;
}

Product make_product(std::uint32_t chapter, std::uint32_t k, std::uint64_t seed, NormalTable const& normal)
{
  constexpr std::array<std::uint16_t, 16> rates = {0,  0,  0,   0,   25,  50,  50,  50,
                                                   65, 80, 100, 100, 120, 150, 200, 300};
  std::uint32_t const code = chapter * 10000 + (k / 5 + 1) * 100 + subheading[k % 5];
  Draws const draws(stream_key(seed, product_stream), code);
  UnitFacts const unit = chapter_unit(chapter);
  Product product;
  product.code = digits_of(code);
  product.code_before = product.code;
  product.unit = unit.unit;
  product.duty_per_mille = rates[draws.below(0, rates.size())];
  Fixed const dearer = scaled(fixed(1.1), normal.at(draws.bits(1)));
  constexpr double log2_cents_per_dollar = 6.643856;
  product.log2_price = fixed(chapter_log2_price(chapter) + log2_cents_per_dollar) + dearer;
  // 2^15.6 units of 0.01 kg = 500 kg at 4 dollars per kg; dear goods travel in smaller lots.
  constexpr double log2_four_dollars = 8.643856;
  product.log2_net = fixed(15.6) - scaled(fixed(0.6), product.log2_price - fixed(log2_four_dollars));
  product.log2_per_kg = unit.unit == 0 ? 0 : fixed(unit.log2_per_kg) + normal.at(draws.bits(2));
  return product;
}

/// What the revision did to the goods of one heading, five sub-headings that stand together: nothing in most;
/// else two neighbours shared a code before, or share one since, or one of them had another code.
void revise(std::vector<Product>& products, std::uint32_t first, std::uint64_t seed)
{
  constexpr std::uint32_t revised_per_cent = 15;
  Draws const draws(stream_key(seed, revision_stream), first);
  if (draws.below(0, 100) >= revised_per_cent)
  {
    return;
  }
  std::uint32_t const one = first + draws.below(1, 4);
  switch (draws.below(2, 3))
  {
    case 0:
      products[one + 1].filed_before = one;
      break;
    case 1:
      products[one + 1].filed_since = one;
      break;
    default:
      products[one].code_before[5] =
          '5';  // stays between its neighbours, so products keep the order of codes
  }
}

std::uint32_t draw_count(std::uint32_t draw, std::span<std::uint32_t const> per_cent)
{
  std::uint32_t count = 0;
  for (; draw >= per_cent[count]; ++count)
  {
    draw -= per_cent[count];
  }
  return count + 1;
}

char suffix_digit(std::uint32_t index, std::uint32_t count)
{
  return static_cast<char>('0' + (count == 1 ? 0 : (index + 1 == count ? 9 : 2 * index + 1)));
}

}  // namespace

std::vector<Product> make_products(std::uint64_t seed, NormalTable const& normal)
{
  std::vector<Product> products;
  for (std::uint32_t chapter = 1; chapter <= 97; ++chapter)
  {
    for (std::uint32_t k = 0; chapter != 77 && k < codes_in_chapter(chapter); ++k)
    {
      products.push_back(make_product(chapter, k, seed, normal));
      auto const self = static_cast<std::uint32_t>(products.size() - 1);
      products.back().filed_before = products.back().filed_since = self;
    }
  }
  for (std::uint32_t first = 0; first < products.size(); first += subheading.size())
  {
    revise(products, first, seed);
  }
  return products;
}

std::vector<NationalLine> make_lines(std::uint64_t seed)
{
  constexpr std::array<std::uint32_t, 4> eights = {50, 25, 15, 10}, tens = {60, 25, 10, 5};
  std::vector<NationalLine> lines;
  for (std::uint32_t product = 0; product < product_count; ++product)
  {
    Draws const draws(stream_key(seed, line_stream), product);
    std::uint32_t const count8 = draw_count(draws.below(0, 100), eights);
    for (std::uint32_t i = 0; i < count8; ++i)
    {
      std::uint32_t const count10 = draw_count(draws.below(1 + i, 100), tens);
      for (std::uint32_t k = 0; k < count10; ++k)
      {
        lines.push_back({product, {suffix_digit(i, count8), '0', suffix_digit(k, count10), '0'}});
      }
    }
  }
  return lines;
}

std::string_view unit_code(std::uint8_t unit)
{
  constexpr std::array<std::string_view, 5> codes = {"KGM", "C62", "LTR", "MTK", "NPR"};
  return codes[unit];
}

}  // namespace tarifa::kernels
