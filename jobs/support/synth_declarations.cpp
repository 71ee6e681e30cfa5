/// Import declarations: declarations-YYYY.csv, the tables that go with them, what is true of them, and how
/// many faults were planted.
#include <algorithm>
#include <array>
#include <atomic>

#include <fmt/format.h>

#include "jobs/support/synth_declaration_truth.hpp"
#include "jobs/support/synth_output.hpp"
#include "kernels/synth/releases.hpp"

namespace tarifa::jobs
{
namespace
{

using Planted = std::array<std::atomic<std::int64_t>, kernels::row_fault_count>;

struct TextTable
{
  std::string_view name;  ///< of the file, before the year
  std::string_view (*header)();
  std::string* kernels::DeclarationSinks::*sink;
};
constexpr std::array<TextTable, 5> tables = {
    {{"declarations", kernels::declarations_header, &kernels::DeclarationSinks::rows},
     {"taxes", kernels::item_taxes_header, &kernels::DeclarationSinks::taxes},
     {"inspections", kernels::inspections_header, &kernels::DeclarationSinks::inspections},
     {"releases", kernels::releases_header, &kernels::DeclarationSinks::releases},
     {"amendments", kernels::amendments_header, &kernels::DeclarationSinks::amendments}}};
constexpr char const* hours_name = "office-hours.csv";  // they stay what they are: of the first year

std::span<TextTable const> wanted(SynthSettings const& settings)
{
  return std::span(tables).first(settings.companions ? tables.size() : 1);
}

std::string key_name(int year)
{
  return fmt::format("planted-faults-{}.csv", year);
}

std::string truth_name(int year)
{
  return fmt::format("truth-declarations-{}.h5", year);
}

void declare_fraud(Options& options, SynthSettings& settings)
{
  options.section("fraud");
  for (std::size_t i = 1; i < kernels::mechanism_count; ++i)
  {
    kernels::MechanismSettings& mechanism = settings.fraud.mechanisms[i];
    std::string const name(name_of(static_cast<kernels::Mechanism>(i)));
    options.add(name, mechanism.rate, {0.0, 1.0}, "share of the items it falsifies, about; 0 = none");
    if (mechanism.size > 0)
    {
      options.add(name + "-size", mechanism.size, {0.0, 1.0}, "typical share of value or amount it hides");
    }
  }
  options.add("honest-errors", settings.fraud.honest_error_rate, {0.0, 1.0},
              "share of the other items that are wrong without intent");
  options.add("persistence", settings.persistence,
              "whether importers stay what they are; if not, nothing about them tells of the next year");
}

void declare_inspection(Options& options, kernels::InspectionSettings& inspection)
{
  options.section("inspection");
  options.add("capacity", inspection.capacity, {0.0, 20.0},
              "times what offices usually inspect by rules and by judgement");
  options.add("random", inspection.random, {0.0, 30.0},
              "times the usual share of declarations inspected at random, 0.5 to 3 %");
  options.add("judgement", inspection.judgement, {0.0, 1.0},
              "how much officers feel of who and what is false; 0 = they pick blindly");
  options.add("skill", inspection.skill, {0.0, 20.0}, "times the usual chance to find what is false");
  options.add("delay", inspection.delay, {0.0, 50.0}, "times the usual days until the result");
}

void declare_release(Options& options, kernels::ReleaseSettings& release)
{
  options.section("release");
  options.add("congestion", release.congestion, {0.0, 2.0},
              "times the usual share of their time that offices have work for, at most 0.95");
  options.add("pre-arrival", release.pre_arrival, {0.0, 4.0},
              "times the usual share of declarations lodged before the goods arrive");
}

void declare_amendment(Options& options, kernels::AmendmentSettings& amendment)
{
  options.section("amendment");
  options.add("clerical", amendment.clerical, {0.0, 1.0},
              "share of the declarations corrected in what no tax depends on");
  options.add("errors-found", amendment.errors_found, {0.0, 1.0},
              "share of the items with an honest error that the declarant corrects");
  options.add("fraud-disclosed", amendment.fraud_disclosed, {0.0, 1.0},
              "share of the items with fraud that the declarant corrects");
  options.add("assessed", amendment.assessed, {0.0, 1.0},
              "share of the inspections with a finding that lead to a corrected version");
  options.add("audited", amendment.audited, {0.0, 1.0}, "share of the importers audited for a year, about");
}

void declare(Options& options, SynthSettings& settings)
{
  options.add("declarations", settings.declarations, {0, most_synth_rows},
              "import declarations [rows], all years");
  options.add("broken-share", settings.broken_share, {0.0, 1.0},
              "share of the declarations with a planted fault");
  options.add("administrations", settings.administrations, {1, int{kernels::reporter_count}},
              "customs administrations that deliver declarations");
  options.add("traders", settings.traders, {0, 5000},
              "importers of an administration at one time, exporters in proportion; 0 = by the declarations");
  options.add("companions", settings.companions, "write the tables that go with the declarations too");
  declare_fraud(options, settings);
  declare_inspection(options, settings.inspection);
  declare_release(options, settings.release);
  declare_amendment(options, settings.amendment);
}

std::vector<std::string> files(SynthSettings const& settings, int year)
{
  std::vector<std::string> names;
  for (TextTable const& table : wanted(settings))
  {
    names.push_back(fmt::format("{}-{}.csv", table.name, year));
  }
  if (settings.companions && year == settings.first_year)
  {
    names.emplace_back(hours_name);
  }
  if (settings.broken_share > 0)
  {
    names.push_back(key_name(year));
  }
  if (settings.truth)
  {
    names.push_back(truth_name(year));
  }
  return names;
}

/// The key to the broken rows: how many of each kind, so that an ingest can be held against it.
void write_key(SynthRun const& synth, int year, Planted const& planted)
{
  std::string table = "fault,rows\n";
  for (std::size_t i = 0; i < planted.size(); ++i)
  {
    table += fmt::format("{},{}\n", kernels::name_of(static_cast<kernels::RowFault>(i)),
                         synth.run.comm.sum(planted[i].load()));
  }
  synth.files.write({key_name(year)}, {table}, 0, {});
}

void write_office_hours(SynthRun const& synth)
{
  std::string table(kernels::office_hours_header());
  for (std::uint32_t reporter = 0; reporter < actor_settings(synth.settings).reporters; ++reporter)
  {
    kernels::append_office_hours(reporter, table);
  }
  synth.files.write({hours_name}, {table}, 0, {});
}

std::int64_t write(SynthRun const& synth, int calendar_year)
{
  SynthSettings const& settings = synth.settings;
  kernels::DeclarationYear const year{calendar_year, settings.of_year(settings.declarations, calendar_year),
                                      settings.broken_share};
  kernels::Actors const actors(synth.world, actor_settings(settings));
  kernels::DeclarationMaker const maker(synth.world, actors, year, settings.fraud);
  kernels::Inspectorate const inspectorate(maker, settings.inspection);
  kernels::Clearance const clearance(inspectorate, settings.release);
  kernels::Amender const amender(maker, settings.amendment);
  std::vector<std::string> names, headers;
  for (TextTable const& table : wanted(settings))
  {
    names.push_back(fmt::format("{}-{}.csv", table.name, calendar_year));
    headers.emplace_back(table.header());
  }
  BlockTable truth;
  if (settings.truth)
  {
    truth = lay_out_truth(synth.truths.open(truth_name(calendar_year)), year.rows);
  }
  Planted planted{};
  std::int64_t const blocks = (year.rows + kernels::rows_per_block - 1) / kernels::rows_per_block;
  synth.files.write(names, headers, blocks,
                    [&](std::int64_t block, std::span<std::string> texts)
                    {
                      std::int64_t const first = block * kernels::rows_per_block;
                      std::int64_t const count = std::min(kernels::rows_per_block, year.rows - first);
                      kernels::DeclarationSinks sinks;
                      bool const judged = settings.truth || settings.companions;
                      sinks.inspectorate = judged ? &inspectorate : nullptr;
                      sinks.amender = judged ? &amender : nullptr;
                      sinks.clearance = &clearance;
                      for (std::size_t i = 0; i < texts.size(); ++i)
                      {
                        sinks.*tables[i].sink = &texts[i];
                      }
                      kernels::DeclarationTruth true_rows;
                      sinks.truth = settings.truth ? &true_rows : nullptr;
                      auto const faults = append_declarations(maker, first, count, sinks);
                      for (std::size_t fault = 0; fault < faults.size(); ++fault)
                      {
                        planted[fault] += faults[fault];
                      }
                      if (settings.truth)
                      {
                        write_truth(truth, first, true_rows);
                      }
                    });
  if (settings.companions && calendar_year == settings.first_year)
  {
    write_office_hours(synth);
  }
  if (settings.broken_share > 0)
  {
    write_key(synth, calendar_year, planted);
  }
  return year.rows;
}

}  // namespace

void check_declarations(SynthSettings const& settings)
{
  require(settings.of_year(settings.declarations, settings.first_year + settings.years - 1) <= 999'999'999,
          Fault::usage, "synth.declarations: more than 999,999,999 in a year; add years");
}

SynthOutput synth_declarations()
{
  return {"declarations", "rows", declare, check_declarations, files, write};
}

}  // namespace tarifa::jobs
