#include "pipeline/ingest/input_files.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "pipeline/archive/truth_mark.hpp"
#include "pipeline/csv/byte_source.hpp"

namespace tarifa
{
namespace
{

constexpr std::size_t header_limit_bytes = 1U << 20U;
/// The place of a record has 16 bits for its file.
constexpr std::size_t most_files = 65'536;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

struct HeaderLine
{
  std::vector<std::string> names;
  std::size_t end = 0;
};

/// Cuts the first record: quotes and doubled quotes as in every record, ended by LF or the end of the file.
HeaderLine cut_header(std::string_view text, Dialect const& dialect)
{
  HeaderLine header;
  std::string name;
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at)
  {
    char const byte = text[at];
    if (quoted)
    {
      bool const doubled = byte == dialect.quote && at + 1 < text.size() && text[at + 1] == dialect.quote;
      at += static_cast<std::size_t>(doubled);
      quoted = byte != dialect.quote || doubled;
      if (quoted)
      {
        name += byte;
      }
    }
    else if (dialect.quote != 0 && byte == dialect.quote && name.empty())
    {
      quoted = true;
    }
    else if (byte == dialect.delimiter)
    {
      header.names.push_back(std::exchange(name, {}));
    }
    else if (byte == '\n')
    {
      ++at;
      break;
    }
    else
    {
      name += byte;
    }
  }
  if (!name.empty() && name.back() == '\r')
  {
    name.pop_back();
  }
  header.names.push_back(name);
  header.end = at;
  return header;
}

/// A pipe can be read once only and may wait for its writer for ever.
void require_file(std::filesystem::path const& path)
{
  std::error_code ignored;  // what cannot even be looked at is told when it is opened
  std::filesystem::file_status const status = std::filesystem::status(path, ignored);
  bool const is_other = std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)
                        && !std::filesystem::is_directory(status);
  require(!is_other, Fault::storage,
          path.string() + ": not a regular file (copy what it delivers into a file)");
}

/// What the first bytes are instead of CSV text, with what to do; "" when they may be text.
std::string_view foreign_format(std::string_view start)
{
  if (start.starts_with("\x1F\x8B"))
  {
    return "holds gzip data (let its name end in .gz, or unpack it)";
  }
  if (start.starts_with("\x28\xB5\x2F\xFD"))
  {
    return "holds zstd data (let its name end in .zst, or unpack it)";
  }
  if (start.starts_with("PK\x03\x04"))
  {
    return "is a zip archive or a spreadsheet (unpack it, or save the sheet as CSV)";
  }
  if (start.starts_with("\x89HDF\r\n\x1A\n"))
  {
    return "is an HDF5 file, no text (tarifa export writes results as CSV)";
  }
  constexpr char nul = '\0';
  bool const has_mark = start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF");
  bool const alternates = start.size() >= 4
                          && ((start[0] != nul && start[1] == nul && start[2] != nul && start[3] == nul)
                              || (start[0] == nul && start[1] != nul && start[2] == nul && start[3] != nul));
  if (has_mark || alternates)
  {
    return "is text in UTF-16 (convert it first: iconv -f UTF-16 -t UTF-8)";
  }
  std::size_t const line_return = start.find('\r');
  bool const by_return = start.find('\n') == std::string_view::npos && line_return != std::string_view::npos
                         && line_return + 1 < start.size();
  return by_return ? "has lines that end with CR alone (convert it first: tr '\\r' '\\n')" : "";
}

InputFile examine(Source const& source, std::filesystem::path const& path)
{
  require_file(path);
  refuse_truth(path);
  InputFile file;
  file.path = path;
  file.seekable = ByteSource::is_seekable(path);
  auto const stream = ByteSource::open(path);
  file.bytes_on_disk = std::filesystem::file_size(path);
  std::string start(header_limit_bytes, '\0');
  std::size_t filled = 0;
  while (filled < start.size())
  {
    std::size_t const got = stream->read(start.data() + filled, start.size() - filled);
    if (got == 0)
    {
      break;
    }
    filled += got;
  }
  start.resize(filled);
  require(!start.empty(), Fault::data,
          path.string() + ": the file is empty, not even a header line. Was the export complete?");
  std::string_view const foreign = foreign_format(start);
  require(foreign.empty(), Fault::data, path.string() + ": " + std::string(foreign));
  std::size_t const skip = start.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  HeaderLine header = cut_header(std::string_view(start).substr(skip), source.dialect);
  require(skip + header.end < header_limit_bytes, Fault::data,
          path.string()
              + ": the header line does not end within 1 MiB. Is this a text file with the declared quote?");
  file.header_bytes = skip + header.end;
  file.fields = header.names.size();
  try
  {
    file.header = match_header(source, header.names);
  }
  catch (Error const& error)
  {
    throw error.within(path.string());
  }
  return file;
}

/// All but the path, which every rank has as it was given: JSON does not carry names in every encoding.
nlohmann::json to_json(InputFile const& file)
{
  return {{"seekable", file.seekable},
          {"bytes", file.bytes_on_disk},
          {"header", file.header_bytes},
          {"fields", file.fields},
          {"field_of_column", file.header.field_of_column},
          {"unused", file.header.unused}};
}

InputFile from_json(nlohmann::json const& json, std::filesystem::path const& path)
{
  InputFile file;
  file.path = path;
  file.seekable = json["seekable"];
  file.bytes_on_disk = json["bytes"];
  file.header_bytes = json["header"];
  file.fields = json["fields"];
  file.header.field_of_column = json["field_of_column"].get<std::vector<int>>();
  file.header.unused = json["unused"].get<std::vector<std::string>>();
  return file;
}

}  // namespace

std::vector<InputFile> examine_inputs(Comm const& comm, Source const& source,
                                      std::vector<std::filesystem::path> const& paths)
{
  std::string const text = comm.all_or_none(
      "input files",
      [&]
      {
        nlohmann::json list = nlohmann::json::array();
        require(paths.size() <= most_files, Fault::usage,
                fmt::format("{} files given; one delivery has at most {}", paths.size(), most_files));
        if (comm.is_root())
        {
          std::optional<Error> fault;
          std::set<std::filesystem::path> seen;
          for (auto const& path : paths)
          {
            try
            {
              std::error_code ignored;
              require(seen.insert(std::filesystem::weakly_canonical(path, ignored)).second, Fault::usage,
                      path.string() + ": the file is given twice, its records would count twice");
              list.push_back(to_json(examine(source, path)));
            }
            catch (Error const& error)
            {
              fault =
                  fault ? Error(fault->fault(), std::string(fault->what()) + "\n  " + error.what()) : error;
            }
          }
          if (fault)
          {
            throw Error(fault->fault(), fault->what());
          }
        }
        return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      });
  std::vector<InputFile> files;
  for (auto const& entry : nlohmann::json::parse(comm.broadcast(text, 0)))
  {
    files.push_back(from_json(entry, paths[files.size()]));
  }
  return files;
}

}  // namespace tarifa
