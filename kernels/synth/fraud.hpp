#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tarifa::kernels
{

/// How a declaration is made false on purpose: docs/methods/synthetic-declarations.md.
enum class Mechanism : std::uint8_t
{
  none,
  undervaluation,  ///< invoice below what was paid
  hs_shift,        ///< product of the same chapter with a lower duty
  false_origin,    ///< country whose goods have a preference
  quantity,        ///< less than arrived, at the true price
  split,           ///< one consignment declared as several below the low-value limit
  undeclared,      ///< further goods behind the declared ones
  invoice_chain,   ///< invoiced by a shell company, below what was paid at the start of the chain
};
inline constexpr std::size_t mechanism_count = 8;
std::string_view name_of(Mechanism mechanism);

/// Mistakes without intent, which look alike.
enum class HonestError : std::uint8_t
{
  none,
  value_slip,      ///< currency taken for another, or the decimal point misplaced
  freight_absent,  ///< freight and insurance left out
  wrong_heading,   ///< product next to the right one, dearer or cheaper
  wrong_origin,    ///< country of dispatch given as origin, or another
  wrong_unit,      ///< dozens for pieces, and the reverse
  wrong_mass,      ///< gross mass given as net mass, or a tenth
};
inline constexpr std::size_t honest_error_count = 7;
std::string_view name_of(HonestError error);

struct MechanismSettings
{
  double rate = 0;  ///< 0 .. 1 of the items, about; how near depends on whom and what it falls
  double size = 0;  ///< typical share of value or amount that is hidden; split and hs_shift have none
};

struct FraudSettings
{
  std::array<MechanismSettings, mechanism_count> mechanisms = {
      {{}, {0.012, 0.40}, {0.007, 0}, {0.003, 0}, {0.006, 0.35}, {0.002, 0}, {0.004, 0.40}, {0.005, 0.45}}};
  double honest_error_rate = 0.03;  ///< 0 .. 1 of the items without fraud

  MechanismSettings const& of(Mechanism mechanism) const noexcept
  {
    return mechanisms[static_cast<std::size_t>(mechanism)];
  }
};

}  // namespace tarifa::kernels
