#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/synth/inspections.hpp"

namespace tarifa::kernels
{

/// How declarations are put right afterwards: docs/methods/synthetic-amendments.md. Shares, 0 .. 1.
struct AmendmentSettings
{
  double clerical = 0.015;        ///< of the declarations, corrected in what no tax depends on
  double errors_found = 0.25;     ///< of the items with an honest error, corrected by who made it
  double fraud_disclosed = 0.02;  ///< of the items with fraud, corrected by who committed it
  double assessed = 0.92;         ///< of the inspections that found something; the others are disputed
  double audited = 0.03;          ///< of the importers in a year, about
};

/// Who puts a declaration right.
enum class Author : std::uint8_t
{
  declarant,
  inspection,
  audit,
};
std::string_view name_of(Author author);

/// Why a declarant does.
enum class Correction : std::uint8_t
{
  none,
  clerical,
  error_found,
  fraud_disclosed,
};
inline constexpr std::size_t correction_count = 4;
std::string_view name_of(Correction correction);

/// A declaration as it stands from a day on.
struct Version
{
  int number = 2;  ///< 1 is the declaration as lodged
  Day day = 0;
  Author author = Author::declarant;
  Declaration declaration;
};

struct Amendments
{
  std::vector<Version> versions;  ///< by number; each differs from the one before
  std::array<Correction, most_items> corrections{};
  std::array<Outcome, most_items> audit{};  ///< not_inspected where nobody audited
};

/// What becomes of declarations after they were lodged. Every answer is a function of (seed, settings,
/// declaration).
class Amender
{
 public:
  Amender(DeclarationMaker const& maker, AmendmentSettings const& settings);

  DeclarationMaker const& maker() const noexcept { return maker_; }
  /// `inspection` counts when `selection` has a channel.
  Amendments amend(Declaration const& declaration, Selection const& selection,
                   Inspection const& inspection) const;

 private:
  class Case;
  bool is_audited(Importer const& importer) const noexcept;
  Day audit_day(Importer const& importer) const noexcept;
  Draws audit_draws(Importer const& importer) const noexcept;

  DeclarationMaker const& maker_;
  AmendmentSettings settings_;
};

/// Names of the 27 columns of declarations and four more, with the line feed.
std::string_view amendments_header();
/// The items that each version changes or adds, as they stand in it.
void append_amendments(DeclarationMaker const& maker, Declaration const& declaration,
                       Amendments const& amendments, std::string& out);
/// Columns of an item in which two versions of a declaration differ, joined by +; empty when in none.
std::string changed_columns(Declaration const& before, Declaration const& after, int i);

}  // namespace tarifa::kernels
