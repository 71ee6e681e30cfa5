#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/run/job.hpp"
#include "pipeline/run/provenance.hpp"

namespace tarifa
{

/// What a run leaves for the one that goes on with its work, in a folder beside what it makes:
///
///   identity       what the work is: job, configuration, digests of the inputs, version and build
///   journal        one line for each unit of work that is done, with a checksum; lines are only ever
///                  appended, so what was recorded stays whole whenever the run is killed
///   NAME.piece     what units left, each recorded in the journal with its digest
///
/// The folder is made with the first record: a run that ends before leaves nothing. A unit is whatever the
/// job divides its work into; the rank and thread counts of the run that goes on may differ.
class Checkpoint
{
 public:
  /// [all] Reads what an earlier run left in `folder`, or throws it away when the run was told to --redo,
  /// unless Slurm has put the job back into the queue and the work there is this one.
  /// Says in `run.continued` whether there was something.
  /// Error(usage) when the work there is another one, saying what differs. `made_of` is provenance(), the
  /// same texts by which is_complete() knows the result.
  Checkpoint(Run& run, std::filesystem::path folder, std::vector<Note> const& made_of);

  /// Units done, each with the note it was recorded with; the same on every rank.
  std::map<std::string, std::string> const& done() const noexcept { return done_; }
  bool done(std::string const& unit) const { return done_.contains(unit); }

  /// [all] Records units of this rank as done: known on every rank when it returns, on disk when due() said
  /// so. Names and notes are single lines; a name has no blank.
  void record(std::vector<std::pair<std::string, std::string>> const& units);

  /// [all] Records a unit of all ranks together, on disk when it returns, due or not; the same on every rank.
  void record_now(std::string const& unit, std::string const& note);

  /// Writes a piece, durable when it returns. Returns the note to record it with. Not collective.
  std::string keep_piece(std::string const& name, std::span<std::span<std::byte const> const> content) const;
  /// The piece, or nothing when it is not what `note` says. Not collective.
  std::optional<std::string> load_piece(std::string const& name, std::string const& note) const;

  /// [all] Whether the next record goes to disk: the interval since the last one is over, or the run is to
  /// stop. Pieces need not be kept before.
  bool due() const;

  /// [all] Throws Error(stopped) on every rank when any was asked to stop, after everything recorded is on
  /// disk. Call it between units; `progress` says how far the work is.
  void stop_if_asked(std::string_view progress);

  /// [all] The work is complete.
  void remove();

 private:
  std::filesystem::path path_of(std::string const& piece) const { return folder_ / (piece + ".piece"); }
  void write();               ///< [all] what is recorded and not on disk yet
  bool is_same_work() const;  ///< whether the work in the folder is this one
  std::string read() const;   ///< the whole lines of the journal

  Comm const& comm_;
  Stop const& stop_;
  std::chrono::milliseconds interval_;
  std::filesystem::path folder_;
  std::string identity_;
  std::map<std::string, std::string> done_;
  std::string pending_;  ///< lines of the journal that are not on disk yet
  std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
  bool there_ = false;  ///< the folder
};

/// One line "NAME: TEXT" for each line of each text.
std::string text_of(std::vector<Note> const& notes);

/// [all] Takes away what a run left in `folder`, and the folder when nothing else is in it.
void remove_checkpoint(Comm const& comm, std::filesystem::path const& folder);

}  // namespace tarifa
