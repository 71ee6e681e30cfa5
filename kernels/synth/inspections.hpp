#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "kernels/synth/declaration_maker.hpp"

namespace tarifa::kernels
{

/// How customs chooses and looks: docs/methods/synthetic-declarations.md.
struct InspectionSettings
{
  double capacity = 1;   ///< times what the offices can usually look at on rules and judgement
  double random = 1;     ///< times their usual share of declarations taken at random
  double judgement = 1;  ///< 0 .. 1 how much of what is latent officers feel; 0 = they pick blindly
  double skill = 1;      ///< times the usual chance to find what is false; a chance is at most 1
  double delay = 1;      ///< times the usual days until the result
};

/// Why a declaration was looked at: the first that took it, in this order.
enum class Channel : std::uint8_t
{
  none,
  random,
  rule,
  officer,
};
inline constexpr std::size_t channel_count = 4;
std::string_view name_of(Channel channel);

/// Written rules on what is declared and on the past of the importer, as bits.
enum class Rule : std::uint8_t
{
  low_price,            ///< an item below 0.44 of the median price of product and origin
  below_limit,          ///< relief for low value at 80 to 100 % of the limit
  indirect_preference,  ///< preference for goods that were sent from another country
  new_importer,         ///< known for less than half a year, more than 20,000 USD
  heavy_packing,        ///< an item of which gross is above 1.3 x net mass
  watch_list,           ///< importer on the list of the half year
};
inline constexpr std::size_t rule_count = 6;
std::string_view name_of(Rule rule);

/// Chances are in units of one millionth: what is drawn against and what is logged are the same number.
struct Selection
{
  Channel channel = Channel::none;
  std::uint32_t rules = 0;  ///< bit r: rule r applies, whoever took the declaration
  std::int64_t random_ppm = 0;
  std::int64_t rule_ppm = 0;     ///< of being taken by rules, if not at random
  std::int64_t officer_ppm = 0;  ///< of being taken by judgement, if neither; nobody in the office knows it
};

enum class Result : std::uint8_t
{
  conform,  ///< nothing was found, whatever there was
  error,    ///< found, no intent shown
  fraud,
};
std::string_view name_of(Result result);

/// What an inspection says is wrong: of the first item found.
enum class Finding : std::uint8_t
{
  nothing,
  value,
  classification,
  origin,
  quantity,
  split,
  undeclared,
};
std::string_view name_of(Finding finding);

struct Inspection
{
  bool is_physical = false;                ///< the goods were opened; else papers alone
  std::array<bool, most_items> found{};    ///< of each item: what is false was found
  std::array<double, most_items> shown{};  ///< of an item found: part of the gap that could be shown
  int items_found = 0;
  Result result = Result::conform;
  Finding finding = Finding::nothing;
  std::int64_t additional_taxes = 0;  ///< [US cents] assessed, never below 0
  std::int64_t result_day = 0;        ///< of the year of the declaration, from 0; may lie in the next year
};

/// What an item turned out to be, for the truth.
enum class Outcome : std::uint8_t
{
  not_inspected,
  nothing_there,
  missed,
  found,
};
inline constexpr std::size_t outcome_count = 4;
std::string_view name_of(Outcome outcome);

/// The offices at work. Every answer is a function of (seed, settings, declaration).
class Inspectorate
{
 public:
  Inspectorate(DeclarationMaker const& maker, InspectionSettings const& settings);

  DeclarationMaker const& maker() const noexcept { return maker_; }
  Selection select(Declaration const& declaration) const noexcept;
  /// Of a declaration that was selected.
  Inspection inspect(Declaration const& declaration, Selection const& selection) const noexcept;
  /// Day of this year or the next, from 0 = 1 January of this year, as ISO 8601 text.
  std::string_view date(std::int64_t day) const noexcept
  {
    std::int64_t const days = maker_.calendar().days();
    return day < days ? maker_.calendar().date(day) : next_.date(day - days);
  }

 private:
  std::uint32_t rules(Declaration const& declaration) const noexcept;
  bool is_watched(Head const& head) const noexcept;
  double load(Head const& head, Office const& office) const noexcept;

  DeclarationMaker const& maker_;
  InspectionSettings settings_;
  Calendar next_;
};

/// Names of the 15 columns, with the line feed.
std::string_view inspections_header();
/// Appends the row of one inspection.
void append_inspection(Inspectorate const& inspectorate, Declaration const& declaration,
                       Selection const& selection, Inspection const& inspection, std::string& out);

}  // namespace tarifa::kernels
