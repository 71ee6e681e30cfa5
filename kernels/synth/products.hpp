#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/synth/tables.hpp"

namespace tarifa::kernels
{

inline constexpr std::uint32_t product_count = 5000;
/// Calendar year from which the newer revision of the Harmonized System is in force (HS 2022), and that from
/// which the older one was (HS 2017).
inline constexpr int hs_revision_year = 2022;
inline constexpr int hs_older_year = 2017;

/// Chapter, heading, sub-heading; leading zero kept.
using HsCode = std::array<char, 6>;

/// Goods of one kind: an invented HS6 code and what they are like. Products stand in the order of their
/// codes.
struct Product
{
  HsCode code, code_before;  ///< since the revision and before it
  std::uint32_t filed_before = 0,
                filed_since = 0;     ///< product whose code it goes by: another where two share one
  std::uint8_t unit = 0;             ///< index into unit_code
  std::uint16_t duty_per_mille = 0;  ///< rate of all reporters before reporter and preference
  Fixed log2_price = 0;              ///< log2 of the median price in US cents per kg
  Fixed log2_net = 0;                ///< log2 of the median net mass of one item, in units of 0.01 kg
  Fixed log2_per_kg = 0;             ///< log2 of supplementary units per kg
  /// Code of this product itself in a calendar year; its goods are filed under the code of `filed_as`.
  std::string_view hs6(int year) const
  {
    HsCode const& valid = year < hs_revision_year ? code_before : code;
    return {valid.data(), valid.size()};
  }
  /// Index of the product under whose code the goods are filed in a calendar year, mostly their own.
  std::uint32_t filed_as(int year) const noexcept
  {
    return year < hs_revision_year ? filed_before : filed_since;
  }
};

/// UN/ECE Recommendation 20 code of a supplementary unit: KGM kilogram, C62 piece, LTR litre, MTK square
/// metre, NPR pair.
std::string_view unit_code(std::uint8_t unit);

/// A line of the national nomenclature below HS6, the same in all administrations and years.
struct NationalLine
{
  std::uint32_t product;
  std::array<char, 4> suffix;  ///< digits 7 to 10
};

/// product_count products, ordered by code. The same for a seed.
std::vector<Product> make_products(std::uint64_t seed, NormalTable const& normal);
/// Lines of all products, ordered by code; each product has at least one.
std::vector<NationalLine> make_lines(std::uint64_t seed);

}  // namespace tarifa::kernels
