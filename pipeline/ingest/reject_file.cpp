#include "pipeline/ingest/reject_file.hpp"

#include <cstring>
#include <functional>

#include <unistd.h>

#include <fcntl.h>
#include <fmt/format.h>

#include "pipeline/csv/byte_source.hpp"
#include "pipeline/csv/field_parser.hpp"
#include "pipeline/csv/quoted_text.hpp"

namespace tarifa
{
namespace
{

constexpr std::string_view head_line = "reason,file,line,first_byte,last_byte,encoding,record\n";
constexpr std::size_t buffer_bytes = 1U << 16U;

void append_hex(std::string& to, std::string_view bytes)
{
  constexpr char digits[] = "0123456789abcdef";
  for (char const byte : bytes)
  {
    auto const value = static_cast<unsigned char>(byte);
    to += digits[value >> 4U];
    to += digits[value & 15U];
  }
}

/// One finished line of the rejects file.
std::string line_of(RejectHead const& head, std::string_view record, std::uint64_t line,
                    std::string const& file, std::string const& reason)
{
  std::string text;
  append_quoted(text, reason);
  text += ',';
  append_quoted(text, file);
  text += fmt::format(",{},{},{},", line, head.begin, head.begin + head.bytes - (head.bytes > 0 ? 1 : 0));
  bool const is_text = is_utf8(record) && record.find('\0') == std::string_view::npos;
  if (is_text)
  {
    text += "text,";
    append_quoted(text, record);
  }
  else
  {
    text += "hex,";
    append_hex(text, record);
  }
  return text += '\n';
}

/// Physical lines before each block of this rank, within its file; the header line included.
std::vector<std::uint64_t> lines_before(Comm const& comm, std::vector<InputFile> const& files,
                                        std::vector<BlockOutcome> const& outcomes)
{
  std::vector<std::int64_t> mine(files.size());
  for (BlockOutcome const& outcome : outcomes)
  {
    mine[outcome.file] += outcome.lines;
  }
  std::vector<std::int64_t> const all = comm.gather_all(mine);
  std::vector<std::uint64_t> at(files.size(), 1);
  for (std::size_t rank = 0; rank < static_cast<std::size_t>(comm.rank()); ++rank)
  {
    for (std::size_t file = 0; file < files.size(); ++file)
    {
      at[file] += static_cast<std::uint64_t>(all[rank * files.size() + file]);
    }
  }
  std::vector<std::uint64_t> before;
  for (BlockOutcome const& outcome : outcomes)
  {
    before.push_back(at[outcome.file]);
    at[outcome.file] += static_cast<std::uint64_t>(outcome.lines);
  }
  return before;
}

/// Calls `take(head, record, block)` for every reject of this rank in input order.
void for_each_reject(std::filesystem::path const& stage_folder, std::vector<BlockOutcome> const& outcomes,
                     std::function<void(RejectHead const&, std::string_view, std::size_t)> const& take)
{
  std::vector<char> bytes;
  for (std::size_t block = 0; block < outcomes.size(); ++block)
  {
    BlockOutcome const& outcome = outcomes[block];
    if (outcome.reject_bytes == 0)
    {
      continue;
    }
    PlainFile const file(reject_path(stage_folder, outcome.worker));
    bytes.resize(outcome.reject_bytes);
    std::size_t const got = file.read_at(outcome.reject_offset, bytes.data(), bytes.size());
    require(got == bytes.size(), Fault::storage, "the staged rejects are cut short");
    for (std::size_t at = 0; at < bytes.size();)
    {
      RejectHead head;
      std::memcpy(&head, bytes.data() + at, sizeof head);
      take(head, {bytes.data() + at + sizeof head, head.bytes}, block);
      at += sizeof head + head.bytes;
    }
  }
}

/// The file while it is written: one running offset and a small buffer per reason.
class Output
{
 public:
  Output(std::filesystem::path path, std::vector<std::uint64_t> offsets)
      : path_(std::move(path))
      , offsets_(std::move(offsets))
      , pending_(offsets_.size())
  {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    require(descriptor_ >= 0, Fault::storage,
            path_.string() + ": cannot be created: " + std::strerror(errno));
  }
  ~Output() { ::close(descriptor_); }
  Output(Output const&) = delete;
  Output& operator=(Output const&) = delete;

  void add(std::size_t reason, std::string_view text)
  {
    pending_[reason] += text;
    if (pending_[reason].size() >= buffer_bytes)
    {
      flush(reason);
    }
  }
  void finish()
  {
    for (std::size_t reason = 0; reason < pending_.size(); ++reason)
    {
      flush(reason);
    }
    require(::fsync(descriptor_) == 0, Fault::storage,
            path_.string() + ": cannot be written: " + std::strerror(errno));
  }

 private:
  void flush(std::size_t reason)
  {
    write_fully(descriptor_, path_, offsets_[reason], std::as_bytes(std::span(pending_[reason])));
    offsets_[reason] += pending_[reason].size();
    pending_[reason].clear();
  }

  std::filesystem::path path_;
  std::vector<std::uint64_t> offsets_;
  std::vector<std::string> pending_;
  int descriptor_ = -1;
};

}  // namespace

void write_rejects(Comm const& comm, std::filesystem::path const& path,
                   std::filesystem::path const& stage_folder, std::vector<InputFile> const& files,
                   Reasons const& reasons, std::vector<BlockOutcome> const& outcomes)
{
  std::vector<std::uint64_t> const before = lines_before(comm, files, outcomes);
  auto const text_of = [&](RejectHead const& head, std::string_view record, std::size_t block)
  {
    return line_of(head, record, before[block] + head.line + 1,
                   files[outcomes[block].file].path.filename().string(), reasons.text(head.reason));
  };
  // Twice over the staged rejects: first the sizes, so that every rank knows where each of its groups begins.
  std::vector<std::int64_t> sizes(reasons.size());
  comm.all_or_none("measuring rejects",
                   [&]
                   {
                     for_each_reject(stage_folder, outcomes,
                                     [&](RejectHead const& head, std::string_view record, std::size_t block) {
                                       sizes[head.reason] +=
                                           static_cast<std::int64_t>(text_of(head, record, block).size());
                                     });
                   });
  std::vector<std::int64_t> const all = comm.gather_all(sizes);
  std::vector<std::uint64_t> offsets(reasons.size());
  std::uint64_t at = head_line.size();
  for (std::size_t reason = 0; reason < reasons.size(); ++reason)
  {
    for (std::size_t rank = 0; rank < static_cast<std::size_t>(comm.size()); ++rank)
    {
      if (rank == static_cast<std::size_t>(comm.rank()))
      {
        offsets[reason] = at;
      }
      at += static_cast<std::uint64_t>(all[rank * reasons.size() + reason]);
    }
  }
  if (at == head_line.size())
  {
    return;
  }
  std::filesystem::path const partial = path.string() + ".partial";
  comm.all_or_none("rejects",
                   [&]
                   {
                     if (comm.is_root())
                     {
                       std::filesystem::create_directories(path.parent_path());
                       std::filesystem::remove(partial);
                       Output start(partial, {0});
                       start.add(0, head_line);
                       start.finish();
                     }
                   });
  comm.all_or_none("rejects",
                   [&]
                   {
                     Output output(partial, offsets);
                     for_each_reject(stage_folder, outcomes,
                                     [&](RejectHead const& head, std::string_view record, std::size_t block)
                                     { output.add(head.reason, text_of(head, record, block)); });
                     output.finish();
                   });
  comm.all_or_none("rejects",
                   [&]
                   {
                     if (comm.is_root())
                     {
                       std::filesystem::rename(partial, path);
                     }
                   });
}

}  // namespace tarifa
