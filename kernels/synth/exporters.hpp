#pragma once

#include <cstdint>
#include <vector>

#include "kernels/synth/actors.hpp"

namespace tarifa::kernels
{

enum class ExporterKind : std::uint8_t
{
  established,  ///< sells to many
  occasional,   ///< sells now and then, and is gone after a year and a half
  shell,        ///< sends the invoices of one importer, and is gone after a year and a half
};

/// Who sells abroad.
struct Exporter
{
  ExporterKind kind = ExporterKind::established;
  std::uint32_t number = 0;  ///< what declarations print; tells nothing
  std::uint32_t country = 0;
  std::uint32_t place = 0;  ///< of its kind, over all countries; of a shell: of its keeper
  Tenure tenure;
  Importer keeper;  ///< of a shell: its first name
};

/// The exporters of all countries, as functions of (seed, settings, number): nothing is kept.
/// docs/methods/synthetic-declarations.md.
class Exporters
{
 public:
  Exporters(World const& world, Actors const& actors);

  /// Places of established exporters in a country, by the country's weight in trade; there are as many
  /// occasional ones. An even number.
  std::uint32_t places(std::uint32_t country) const noexcept { return first_[country + 1] - first_[country]; }

  // Numbers of those who are there on a day. `bits` are random.

  /// One of three whom the importer knows in the country.
  std::uint32_t supplier(Importer const& importer, std::uint32_t country, std::uint32_t choice,
                         Day day) const noexcept;
  std::uint32_t established(std::uint32_t country, std::uint64_t bits, Day day) const noexcept;
  std::uint32_t occasional(std::uint32_t country, std::uint64_t bits, Day day) const noexcept;
  /// One of two or three that serve the importer at the time, under all its names.
  std::uint32_t shell(Importer const& importer, std::uint64_t bits, Day day) const noexcept;

  /// Everybody of a country who is there on some day of [from, end), but for shells; not in order.
  std::vector<Exporter> between(std::uint32_t country, Day from, Day end) const;
  /// Shells of the importers of one reporter, of all countries.
  std::vector<Exporter> shells_between(std::uint32_t reporter, Day from, Day end) const;
  /// Whether an established exporter and its neighbour are sister companies at one address.
  bool has_sister(std::uint32_t place) const noexcept;

 private:
  std::uint32_t place_of_rank(std::uint32_t country, std::uint64_t bits) const noexcept;
  std::uint32_t number_of(Exporter const& exporter) const noexcept;
  std::uint32_t shell_country(Importer const& importer) const noexcept;
  Exporter established_on(std::uint32_t country, std::uint32_t place, Day day) const noexcept;
  std::uint32_t shells_at_once(Importer const& importer) const noexcept;
  Exporter shell(Importer const& keeper, std::uint32_t which, std::uint32_t occupant) const noexcept;
  std::uint32_t shell_place(Importer const& importer, std::uint32_t which) const noexcept;

  World const& world_;
  Actors const& actors_;
  Turnover established_, occasional_, shells_;
  std::vector<std::uint32_t> first_;  ///< [countries + 1] first place of each country
};

}  // namespace tarifa::kernels
