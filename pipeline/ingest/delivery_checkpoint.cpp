#include "pipeline/ingest/delivery_checkpoint.hpp"

#include <cerrno>
#include <cstring>
#include <sstream>

#include <unistd.h>

#include <fcntl.h>
#include <fmt/format.h>

#include "pipeline/archive/durable_file.hpp"

namespace tarifa
{
namespace
{

namespace fs = std::filesystem;

std::string piece_name(std::uint32_t share)
{
  return fmt::format("share-{:05}", share);
}

/// Waits until a file of the scratch folder is on the disk, if it is there.
void sync_file(fs::path const& path)
{
  int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
  {
    return;
  }
  bool const ok = ::fsync(file) == 0;
  int const problem = errno;
  ::close(file);
  require(ok, Fault::storage, path.string() + ": cannot be written: " + std::strerror(problem));
}

bool has_bytes(fs::path const& path, std::uint64_t bytes)
{
  std::error_code problem;
  std::uint64_t const size = fs::file_size(path, problem);
  return bytes == 0 || (!problem && size >= bytes);
}

std::uint64_t key_bytes(StagedThread const& thread)
{
  std::uint64_t end = 0;
  for (SpillStretch const& stretch : thread.keys)
  {
    auto const bytes = static_cast<std::uint64_t>(stretch.entries) * sizeof(KeyEntry);
    end = std::max(end, static_cast<std::uint64_t>(stretch.offset) + bytes);
  }
  return end;
}

/// Error(storage) from the root is told on all ranks.
void make_empty(Comm const& comm, fs::path const& folder)
{
  comm.all_or_none("scratch folder",
                   [&]
                   {
                     if (comm.is_root())
                     {
                       std::error_code problem;
                       fs::remove_all(folder, problem);
                       require(!problem, Fault::storage,
                               folder.string() + ": cannot be removed: " + problem.message());
                       make_folders(folder);
                     }
                   });
}

}  // namespace

DeliveryCheckpoint::DeliveryCheckpoint(Run const& run, fs::path scratch, bool resumes,
                                       std::vector<Note> const& made_of)
    : run_(run)
    , scratch_(std::move(scratch))
    , resumes_(resumes)
    , checkpoint_(run,
                  resumes && !run.settings.checkpoint.empty() ? fs::path(run.settings.checkpoint) : scratch_,
                  made_of)
{
  read_units();
  bool const here = run.comm.all_or_none("scratch folder",
                                         [&]
                                         {
                                           bool whole = true;
                                           auto const ranks = static_cast<std::uint32_t>(run.comm.size());
                                           for (auto share = static_cast<std::uint32_t>(run.comm.rank());
                                                share < so_far_.shares; share += ranks)
                                           {
                                             whole = whole && is_whole(share);
                                           }
                                           return whole;
                                         });
  if (run.comm.min(here ? 1 : 0) == 0)
  {
    run.log.warn("scratch files of the run before are damaged or gone: all input is read again");
    checkpoint_.remove();
    so_far_ = {};
    notes_.clear();
  }
  is_on_disk_ = so_far_.shares > 0;
  if (!is_on_disk_)
  {
    make_empty(run.comm, scratch_);
  }
}

/// A unit is a stretch, one share of each rank of the run that read it.
void DeliveryCheckpoint::read_units()
{
  for (auto const& [unit, note] : checkpoint_.done())
  {
    std::istringstream text(note);
    text >> so_far_.position >> so_far_.end.file >> so_far_.end.exit >> so_far_.end.open >> so_far_.shares;
    for (std::string piece; text >> piece;)
    {
      notes_.push_back(piece);
    }
  }
}

bool DeliveryCheckpoint::is_whole(std::uint32_t share) const
{
  auto const piece = checkpoint_.load_piece(piece_name(share), notes_[share]);
  if (!piece)
  {
    return false;
  }
  StagedShare const staged = parse_share(*piece);
  return std::ranges::all_of(staged.threads,
                             [&](StagedThread const& one)
                             {
                               return has_bytes(run_path(scratch_, one.worker), one.run_bytes)
                                      && has_bytes(reject_path(scratch_, one.worker), one.reject_bytes)
                                      && has_bytes(key_path(scratch_, one.worker), key_bytes(one));
                             });
}

StagedShare DeliveryCheckpoint::load(std::uint32_t share) const
{
  auto const piece = checkpoint_.load_piece(piece_name(share), notes_[share]);
  require(piece.has_value(), Fault::storage,
          [&] { return scratch_.string() + ": what was read of the delivery was damaged meanwhile"; });
  return parse_share(*piece);
}

void DeliveryCheckpoint::keep(StagedShare const& share, ReadSoFar const& now)
{
  std::string const mine = run_.comm.all_or_none(
      "what was read",
      [&]
      {
        std::string const text = bytes_of(share);
        std::vector<std::span<std::byte const>> const content = {std::as_bytes(std::span(text))};
        return checkpoint_.keep_piece(piece_name(share.threads.front().worker.share), content);
      });
  std::string note = fmt::format("{} {} {} {} {}", now.position, now.end.file, now.end.exit,
                                 now.end.open ? 1 : 0, now.shares);
  for (std::string const& one : run_.comm.gather_all(mine))
  {
    note += " " + one;
    notes_.push_back(one);
  }
  so_far_ = now;
  for (StagedThread const& thread : share.threads)
  {
    not_synced_.push_back(thread.worker);
  }
  units_.emplace_back(fmt::format("until-{:010}", now.shares), note);
  if (resumes_ && checkpoint_.due())
  {
    write_down();
  }
}

/// What the journal names must be on the disk before it is named.
void DeliveryCheckpoint::write_down()
{
  run_.comm.all_or_none("what was read",
                        [&]
                        {
                          for (StagedWorker const worker : not_synced_)
                          {
                            sync_file(run_path(scratch_, worker));
                            sync_file(reject_path(scratch_, worker));
                            sync_file(key_path(scratch_, worker));
                          }
                        });
  not_synced_.clear();
  for (auto const& [unit, note] : units_)
  {
    checkpoint_.record_now(unit, note);
  }
  is_on_disk_ = is_on_disk_ || !units_.empty();
  units_.clear();
}

void DeliveryCheckpoint::stop_if_asked(std::string_view progress)
{
  if (!resumes_ || run_.stop.asked(run_.comm) == StopReason::none)
  {
    return;
  }
  write_down();
  checkpoint_.stop_if_asked(progress);
}

void DeliveryCheckpoint::remove()
{
  if (resumes_)
  {
    checkpoint_.remove();
  }
  is_on_disk_ = false;
}

}  // namespace tarifa
