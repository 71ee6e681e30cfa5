/// tarifa synth: a synthetic world, written as the CSV files that administrations and statistical offices
/// send.
#include <algorithm>

#include <fmt/format.h>

#include "jobs/support/synth_estimate.hpp"
#include "jobs/support/synth_output.hpp"
#include "jobs/support/synth_presets.hpp"
#include "pipeline/archive/durable_file.hpp"
#include "pipeline/resume/checkpoint.hpp"
#include "pipeline/resume/claim.hpp"
#include "pipeline/resume/complete_files.hpp"
#include "pipeline/run/nearest.hpp"

namespace tarifa::jobs
{
namespace
{

class SynthJob final : public Job
{
 public:
  About about() const override
  {
    return {
        .purpose =
            "Writes declarations, trade statistics and seizures of a world that follows from the seed, one\n"
            "file for each table and year: the same bytes on any ranks and threads. Every figure is\n"
            "invented; amounts add up, and the two sides of trade disagree as real ones do. The files\n"
            "configs/sources/synth-*.ini read them. A large world can be written piece by piece, with\n"
            "--synth.only and --synth.year.",
        .example = "tarifa synth --synth.preset demo --synth.folder world",
        .uses_output = false,
        .uses_memory = false};
  }

  void declare(Options& options) override
  {
    options.section("synth");
    options.preset("preset", settings_.preset, synth_presets(),
                   "size of the world: defaults of the options below, which win over it");
    options.add("folder", settings_.folder, "folder of the files, made when absent").not_in_result();
    options.add("only", settings_.only, "tables to write: " + names() + "; all when none is named")
        .not_in_result();
    options.add("year", settings_.year, {0, 2199}, "the one year to write; 0 = all years").not_in_result();
    options.add("first-year", settings_.first_year, {1900, 2099}, "first calendar year of the world");
    options.add("years", settings_.years, {1, 100}, "number of years of the world");
    options.add("truth", settings_.truth, "write truth files too").not_in_result();
    for (SynthOutput const& output : outputs_)
    {
      options.section("synth");
      output.declare(options, settings_);
    }
  }

  Estimate estimate(Run const& run) override
  {
    auto const chosen = run.comm.all_or_none("", [&] { return chosen_outputs(); });
    std::vector<int> const years = run.comm.all_or_none("", [&] { return chosen_years(); });
    Estimate estimate;
    for (SynthOutput const& output : chosen)
    {
      for (int const year : years)
      {
        estimate_synth(settings_, output.name, year, estimate);
      }
    }
    estimate.kind = kind_of(chosen);
    estimate.unit = "block";
    estimate.dealing = Dealing::in_turn;
    estimate.makes = piece_name();
    estimate.basis = "rows as set";
    return estimate;
  }

  void run(Run& run) override
  {
    auto const chosen = run.comm.all_or_none("", [&] { return chosen_outputs(); });
    std::vector<int> const years = run.comm.all_or_none("", [&] { return chosen_years(); });
    kernels::World const world(static_cast<std::uint64_t>(run.settings.seed));
    CompleteFiles const whole = files_of(run, chosen, years);
    Claim const claim(run, {piece_name()});
    if (whole.are_complete(run))
    {
      return;
    }
    Checkpoint checkpoint(run, run.checkpoint_of(piece_name()), whole.made_of);
    TextFiles files(run.comm, run.log, settings_.folder, run.settings.threads);
    if (!run.settings.redo)
    {
      files.refuse_existing(not_begun(checkpoint, chosen, years));
    }
    TruthFiles truths(run, settings_.folder);
    SynthRun const synth{run, settings_, world, files, truths};
    std::size_t done = 0;
    for (SynthOutput const& output : chosen)
    {
      run.log.stage(output.name);
      for (int const year : years)
      {
        ++done;
        if (!left_to_do(run, checkpoint, output, year))
        {
          continue;
        }
        files.next_piece(year - years.front(), static_cast<std::int64_t>(years.size()));
        run.rows += output.write(synth, year);
        // First it is known whose files these are, then they get their names.
        checkpoint.record_now(unit_of(output, year), begun);
        files.publish();
        truths.publish();
        checkpoint.record_now(unit_of(output, year), published);
        if (done < chosen.size() * years.size())
        {
          checkpoint.stop_if_asked(
              fmt::format("{} of {} tables of a year are written", done, chosen.size() * years.size()));
        }
      }
    }
    run.log.stage("publishing");
    whole.mark_complete(run.comm);
    checkpoint.remove();
    run.published = piece_name();
    run.made_bytes = whole.bytes();
    run.kind = kind_of(chosen);
  }

 private:
  static constexpr char const* begun = "begun";
  static constexpr char const* published = "published";

  /// A table of one year: what is made again as a whole when it was not finished.
  static std::string unit_of(SynthOutput const& output, int year)
  {
    return fmt::format("{}-{}", output.name, year);
  }

  /// What this run is to write; options that choose among the files are not in the configuration of a result.
  CompleteFiles files_of(Run const& run, std::vector<SynthOutput> const& chosen,
                         std::vector<int> const& years) const
  {
    std::vector<std::string> const names = names_of(chosen, years);
    CompleteFiles whole{piece_name() + ".made", provenance(run, {}), {}};
    whole.made_of.push_back({"files", fmt::format("{}", fmt::join(names, "\n"))});
    for (std::string const& name : names)
    {
      whole.files.push_back(std::filesystem::path(settings_.folder) / name);
    }
    return whole;
  }

  /// Files that must not be there: nobody has begun them.
  std::vector<std::string> not_begun(Checkpoint const& checkpoint, std::vector<SynthOutput> const& chosen,
                                     std::vector<int> const& years) const
  {
    std::vector<std::string> all;
    for (SynthOutput const& output : chosen)
    {
      for (int const year : years)
      {
        if (!checkpoint.done(unit_of(output, year)))
        {
          auto const names = output.files(settings_, year);
          all.insert(all.end(), names.begin(), names.end());
        }
      }
    }
    return all;
  }

  /// [all] What a run that was killed left of the files is removed.
  bool left_to_do(Run const& run, Checkpoint const& checkpoint, SynthOutput const& output, int year) const
  {
    auto const found = checkpoint.done().find(unit_of(output, year));
    if (found == checkpoint.done().end())
    {
      return true;
    }
    auto const check = [&]
    {
      if (!run.comm.is_root())
      {
        return std::int64_t{0};
      }
      std::vector<std::filesystem::path> files;
      for (std::string const& name : output.files(settings_, year))
      {
        files.push_back(std::filesystem::path(settings_.folder) / name);
      }
      bool const whole = found->second == published
                         && std::all_of(files.begin(), files.end(),
                                        [](auto const& file) { return std::filesystem::exists(file); });
      for (std::filesystem::path const& file : files)
      {
        if (!whole)
        {
          remove_durable(file);
        }
      }
      return std::int64_t{!whole};
    };
    return run.comm.max(run.comm.all_or_none("output", check)) > 0;
  }

  /// Which tables, and whether with their truth.
  std::string kind_of(std::vector<SynthOutput> const& chosen) const
  {
    std::string kind = settings_.truth ? "with truth" : "without truth";
    for (SynthOutput const& output : chosen)
    {
      kind += ", " + std::string(output.name);
    }
    return kind;
  }

  /// The folder, and what of the world is written: pieces may be made side by side, each with its run facts.
  std::string piece_name() const
  {
    std::string name = std::filesystem::path(settings_.folder + "/").parent_path().string();
    for (std::string const& only : settings_.only)
    {
      name += "-" + only;
    }
    return settings_.year == 0 ? name : fmt::format("{}-{}", name, settings_.year);
  }

  std::string names() const
  {
    std::string text;
    for (SynthOutput const& output : outputs_)
    {
      text += (text.empty() ? "" : ", ") + std::string(output.name);
    }
    return text;
  }

  std::vector<SynthOutput> chosen_outputs() const
  {
    std::vector<std::string> valid;
    std::vector<SynthOutput> chosen;
    for (SynthOutput const& output : outputs_)
    {
      valid.emplace_back(output.name);
      if (settings_.only.empty()
          || std::find(settings_.only.begin(), settings_.only.end(), output.name) != settings_.only.end())
      {
        output.check(settings_);
        // Not every table is wanted by all settings.
        if (!output.files(settings_, settings_.first_year).empty())
        {
          chosen.push_back(output);
        }
      }
    }
    for (std::string const& name : settings_.only)
    {
      require(
          std::find(valid.begin(), valid.end(), name) != valid.end(), Fault::usage,
          fmt::format("synth.only: no table '{}'.{} There are {}", name, suggestion(name, valid), names()));
    }
    return chosen;
  }

  std::vector<int> chosen_years() const
  {
    std::vector<int> years;
    for (int year = settings_.first_year; year < settings_.first_year + settings_.years; ++year)
    {
      if (settings_.year == 0 || settings_.year == year)
      {
        years.push_back(year);
      }
    }
    require(!years.empty(), Fault::usage,
            fmt::format("synth.year: {} is not a year of this world, {} to {}", settings_.year,
                        settings_.first_year, settings_.first_year + settings_.years - 1));
    return years;
  }

  std::vector<std::string> names_of(std::vector<SynthOutput> const& outputs,
                                    std::vector<int> const& years) const
  {
    std::vector<std::string> all;
    for (SynthOutput const& output : outputs)
    {
      for (int const year : years)
      {
        auto const names = output.files(settings_, year);
        all.insert(all.end(), names.begin(), names.end());
      }
    }
    return all;
  }

  SynthSettings settings_;
  std::vector<SynthOutput> const outputs_ = {synth_reference(),    synth_tariff(),  synth_actors(),
                                             synth_declarations(), synth_dirty(),   synth_refunds(),
                                             synth_invoices(),     synth_trade(),   synth_seizures(),
                                             synth_travel(),       synth_journeys()};
};

}  // namespace

std::unique_ptr<Job> make_synth()
{
  return std::make_unique<SynthJob>();
}

}  // namespace tarifa::jobs
