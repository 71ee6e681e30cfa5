#include "pipeline/ingest/delivery_checkpoint.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/csv/byte_source.hpp"
#include "pipeline/run/append_file.hpp"

namespace tarifa
{
namespace
{

namespace fs = std::filesystem;

std::string piece_name(std::uint32_t share)
{
  return fmt::format("share-{:05}", share);
}

bool is_as_it_was(fs::path const& path, StagedFile const& file)
{
  std::error_code missing;
  if (fs::file_size(path, missing) < file.bytes || missing)
  {
    return false;
  }
  PlainFile const content(path);
  RunningChecksum checksum;
  std::vector<std::byte> some(std::size_t{1} << 20U);
  std::uint64_t at = 0;
  while (at < file.bytes)
  {
    std::size_t const wanted = std::min<std::uint64_t>(some.size(), file.bytes - at);
    std::size_t const got = content.read_at(at, reinterpret_cast<char*>(some.data()), wanted);
    if (got == 0)
    {
      return false;
    }
    checksum.add(std::span(some).first(got));
    at += got;
  }
  return checksum.value() == file.checksum;
}

/// Error(storage) from the root is told on all ranks.
void make_empty(Comm const& comm, fs::path const& folder)
{
  comm.all_or_none("scratch folder",
                   [&]
                   {
                     if (comm.is_root())
                     {
                       // --redo may have thrown the folder away with what was in it.
                       make_folders(folder);
                       fs::permissions(folder, fs::perms::owner_all);
                       for (fs::directory_entry const& entry : fs::directory_iterator(folder))
                       {
                         fs::remove_all(entry.path());
                       }
                     }
                   });
}

}  // namespace

DeliveryCheckpoint::DeliveryCheckpoint(Run& run, fs::path scratch, bool resumes,
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
  return std::ranges::all_of(
      staged.threads,
      [&](StagedThread const& one)
      {
        return is_as_it_was(run_path(scratch_, one.worker), one.run_file)
               && is_as_it_was(reject_path(scratch_, one.worker), one.reject_file)
               && (one.key_file.bytes == 0 || is_as_it_was(key_path(scratch_, one.worker), one.key_file));
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
  so_far_ = now;
  if (!resumes_)
  {
    return;
  }
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
  for (StagedThread const& thread : share.threads)
  {
    not_synced_.push_back(thread.worker);
  }
  units_.emplace_back(fmt::format("until-{:010}", now.shares), note);
  if (checkpoint_.due())
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
                            sync_durable(run_path(scratch_, worker));
                            sync_durable(reject_path(scratch_, worker));
                            if (fs::exists(key_path(scratch_, worker)))
                            {
                              sync_durable(key_path(scratch_, worker));
                            }
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
