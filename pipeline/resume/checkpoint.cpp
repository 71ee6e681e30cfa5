#include "pipeline/resume/checkpoint.hpp"

#include <algorithm>
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

constexpr std::string_view identity_name = "identity";
constexpr std::string_view journal_name = "journal";
constexpr std::string_view piece_ending = ".piece";

/// Removes what a checkpoint is made of. A folder that somebody named may hold other files: they stay.
void clear(fs::path const& folder)
{
  if (!fs::is_directory(folder))
  {
    return;
  }
  // The journal first, what it is about last: other work must never find a journal without its identity.
  fs::remove(folder / journal_name);
  std::vector<fs::path> ours;
  for (fs::directory_entry const& entry : fs::directory_iterator(folder))
  {
    fs::path name = entry.path().filename();
    name = name.extension() == ".partial" ? name.stem() : name;
    if (name == identity_name || name == journal_name || name.extension() == piece_ending)
    {
      ours.push_back(entry.path());
    }
  }
  std::stable_partition(ours.begin(), ours.end(),
                        [](fs::path const& path) { return path.filename() != identity_name; });
  for (fs::path const& path : ours)
  {
    fs::remove(path);
  }
  std::error_code not_empty;
  fs::remove(folder, not_empty);
}

/// The first line in which two identities differ.
std::string difference(std::string const& there, std::string const& here)
{
  std::istringstream old_lines(there);
  std::istringstream new_lines(here);
  for (;;)
  {
    std::string old_line;
    std::string new_line;
    bool const more = static_cast<bool>(std::getline(old_lines, old_line));
    bool const much = static_cast<bool>(std::getline(new_lines, new_line));
    if (!more && !much)
    {
      return "nothing";
    }
    if (old_line != new_line)
    {
      return fmt::format("there '{}', here '{}'", old_line, new_line);
    }
  }
}

std::string journal_line(std::string const& unit, std::string const& note)
{
  std::string const content = unit + " " + note;
  return fmt::format("{:016x} {}\n", static_cast<std::uint64_t>(checksum_of(content)), content);
}

/// Appends to the journal and waits until it is on the disk.
void append_durable(fs::path const& path, std::string_view text)
{
  int const file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  auto const check = [&](bool ok)
  {
    if (!ok)
    {
      std::string const reason = std::strerror(errno);
      if (file >= 0)
      {
        ::close(file);
      }
      throw Error(Fault::storage, path.string() + ": cannot be written: " + reason);
    }
  };
  check(file >= 0);
  while (!text.empty())
  {
    ssize_t const written = ::write(file, text.data(), text.size());
    check(written >= 0 || errno == EINTR);
    text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
  }
  check(::fsync(file) == 0);
  ::close(file);
}

/// The lines that are whole. A run that was killed while it wrote leaves part of a line at the end.
std::string whole_lines(std::string const& journal)
{
  std::string whole;
  std::istringstream lines(journal);
  for (std::string line; std::getline(lines, line);)
  {
    std::size_t const unit = line.find(' ');
    std::size_t const note = unit == std::string::npos ? unit : line.find(' ', unit + 1);
    if (note == std::string::npos
        || journal_line(line.substr(unit + 1, note - unit - 1), line.substr(note + 1)) != line + "\n")
    {
      break;
    }
    whole += line + "\n";
  }
  return whole;
}

}  // namespace

std::string text_of(std::vector<Note> const& notes)
{
  std::string text;
  for (Note const& note : notes)
  {
    std::istringstream lines(note.text);
    for (std::string line; std::getline(lines, line);)
    {
      text += note.name + ": " + line + "\n";
    }
  }
  return text;
}

void remove_checkpoint(Comm const& comm, fs::path const& folder)
{
  comm.all_or_none("checkpoint " + folder.string(),
                   [&]
                   {
                     if (comm.is_root())
                     {
                       clear(folder);
                     }
                   });
}

Checkpoint::Checkpoint(Run& run, fs::path folder, std::vector<Note> const& made_of)
    : comm_(run.comm)
    , stop_(run.stop)
    , interval_(run.settings.checkpoint_every)
    , folder_(std::move(folder))
    , identity_(text_of(made_of))
{
  std::string const journal = comm_.all_or_none(
      "checkpoint " + folder_.string(),
      [&]
      {
        if (comm_.is_root() && run.settings.redo && !(run.settings.requeued && is_same_work()))
        {
          clear(folder_);
        }
        return comm_.is_root() ? read() : std::string();
      });
  std::istringstream lines(comm_.broadcast(journal, 0));
  for (std::string line; std::getline(lines, line);)
  {
    std::size_t const unit = line.find(' ') + 1;
    std::size_t const note = line.find(' ', unit) + 1;
    done_[line.substr(unit, note - unit - 1)] = line.substr(note);
  }
  there_ = !done_.empty();
  run.continued = there_;
  if (there_)
  {
    run.log.info(fmt::format("goes on from {}: {} units of work are done", folder_.string(), done_.size()));
  }
}

bool Checkpoint::is_same_work() const
{
  return fs::exists(folder_ / identity_name) && read_text(folder_ / identity_name) == identity_;
}

std::string Checkpoint::read() const
{
  if (!fs::exists(folder_ / identity_name))
  {
    return "";
  }
  std::string const there = read_text(folder_ / identity_name);
  require(
      there == identity_, Fault::usage,
      "was left by another run (" + difference(there, identity_)
          + "); finish that one with its own command line and inputs, or throw its work away with --redo");
  std::string const journal = fs::exists(folder_ / journal_name) ? read_text(folder_ / journal_name) : "";
  std::string whole = whole_lines(journal);
  if (whole.size() < journal.size())
  {
    // A torn last line must not stand in front of the next one.
    write_durable(folder_ / journal_name, whole, 0600);
  }
  return whole;
}

void Checkpoint::record(std::vector<std::pair<std::string, std::string>> const& units)
{
  std::string mine;
  for (auto const& [unit, note] : units)
  {
    mine.append(unit).append(" ").append(note).append("\n");
  }
  for (std::string const& text : comm_.gather_all(mine))
  {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
    {
      std::size_t const blank = line.find(' ');
      std::string const unit = line.substr(0, blank);
      std::string const note = line.substr(blank + 1);
      pending_ += journal_line(unit, note);
      done_[unit] = note;
    }
  }
  if (due())
  {
    write();
  }
}

void Checkpoint::record_now(std::string const& unit, std::string const& note)
{
  pending_ += journal_line(unit, note);
  done_[unit] = note;
  write();
}

void Checkpoint::write()
{
  if (!pending_.empty())
  {
    comm_.all_or_none("checkpoint",
                      [&]
                      {
                        if (!comm_.is_root())
                        {
                          return;
                        }
                        if (!there_)
                        {
                          fs::create_directories(folder_);
                          fs::remove(folder_ / journal_name);
                          write_durable(folder_ / identity_name, identity_);
                        }
                        append_durable(folder_ / journal_name, pending_);
                      });
    there_ = true;
    pending_.clear();
  }
  written_ = std::chrono::steady_clock::now();
}

std::string Checkpoint::keep_piece(std::string const& name,
                                   std::span<std::span<std::byte const> const> content) const
{
  fs::create_directories(folder_);
  std::string text;
  for (auto const& part : content)
  {
    text.append(reinterpret_cast<char const*>(part.data()), part.size());
  }
  write_durable(path_of(name), text, 0600);  // it may hold what stands in records
  return digest_of_text(text);
}

std::optional<std::string> Checkpoint::load_piece(std::string const& name, std::string const& note) const
{
  std::error_code ignored;
  if (!fs::is_regular_file(path_of(name), ignored))
  {
    return std::nullopt;
  }
  std::string text = read_text(path_of(name));
  return digest_of_text(text) == note ? std::optional(std::move(text)) : std::nullopt;
}

bool Checkpoint::due() const
{
  bool const mine =
      stop_.asked_here() != StopReason::none || std::chrono::steady_clock::now() - written_ >= interval_;
  return comm_.max(mine ? 1 : 0) > 0;
}

void Checkpoint::stop_if_asked(std::string_view progress)
{
  StopReason const reason = stop_.asked(comm_);
  if (reason == StopReason::none)
  {
    return;
  }
  write();
  comm_.all_or_none("",
                    [&]
                    {
                      throw Error(
                          Fault::stopped,
                          fmt::format("stopped at a checkpoint ({}): {}; the same command line goes on",
                                      name_of(reason), progress));
                    });
}

void Checkpoint::remove()
{
  remove_checkpoint(comm_, folder_);
  there_ = false;
  done_.clear();
}

}  // namespace tarifa
