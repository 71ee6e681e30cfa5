#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kernels/synth/inspections.hpp"
#include "kernels/synth/offices.hpp"

namespace tarifa::kernels
{

/// How goods are released: docs/methods/synthetic-releases.md.
struct ReleaseSettings
{
  double congestion = 1;  ///< times the usual utilisation of the offices, which is 0.55 .. 0.8 and below 0.95
  double pre_arrival = 1;  ///< times the usual share of declarations lodged before the goods arrive
};

/// What customs does before release.
enum class Lane : std::uint8_t
{
  green,   ///< nothing
  yellow,  ///< reads the documents
  red,     ///< reads the documents and opens the goods
};
std::string_view name_of(Lane lane);

/// A piece of work, from when somebody takes it up.
struct Work
{
  Minute begin = 0, end = 0;
};

/// Steps of one declaration as a Time Release Study counts them, in local time of the office.
struct Release
{
  Lane lane = Lane::green;
  bool is_authorised = false;  ///< the importer is an authorised trader
  Minute arrival = 0;          ///< of the goods at the office
  Minute unloaded = 0;         ///< and in temporary storage
  Minute lodged = 0, accepted = 0;
  std::optional<Work> documents, agency, examination;  ///< agency: another authority than customs
  std::optional<Minute> paid;                          ///< when taxes are due
  Minute released = 0;
  bool on_security = false;  ///< released before the result of the inspection is known
  Minute gate_out = 0;
};

/// The way of goods through the offices. Every answer is a function of (seed, settings, declaration).
class Clearance
{
 public:
  Clearance(Inspectorate const& inspectorate, ReleaseSettings const& settings);

  Inspectorate const& inspectorate() const noexcept { return inspectorate_; }
  /// `inspection` counts when `selection` has a channel.
  Release release(Declaration const& declaration, Selection const& selection,
                  Inspection const& inspection) const noexcept;
  /// [0.3, 0.95] Share of the time of its officers that an office has work for.
  double utilisation(std::uint32_t reporter, std::uint32_t office, Day day) const noexcept;
  /// Large, known for two years, and asked for it.
  bool is_authorised(Importer const& importer, Day day) const noexcept;

 private:
  class Steps;

  Inspectorate const& inspectorate_;
  ReleaseSettings settings_;
};

/// Names of the 21 columns, with the line feed.
std::string_view releases_header();
void append_release(DeclarationMaker const& maker, Declaration const& declaration, Release const& release,
                    std::string& out);

}  // namespace tarifa::kernels
