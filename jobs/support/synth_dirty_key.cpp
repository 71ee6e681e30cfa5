#include "jobs/support/synth_dirty_key.hpp"

#include <span>
#include <string>
#include <vector>

namespace tarifa::jobs
{
namespace
{

using kernels::Amendment;
using kernels::BrokenRecord;
using kernels::DirtyFile;
using kernels::DirtyPlace;
using kernels::RepeatedBatch;

/// What a row of a table is made from.
struct Context
{
  DirtyTally const& before;

  std::int64_t line(DirtyFile file, DirtyPlace const& place) const
  {
    return 1 + before.lines[static_cast<std::size_t>(file)] + place.line;
  }
  std::int64_t byte(DirtyFile file, DirtyPlace const& place) const
  {
    return before.bytes[static_cast<std::size_t>(file)] + place.first_byte;
  }
};

template <class Record>
struct Column
{
  char const* name;
  char const* unit;
  char const* labels;
  char const* definition;
  std::int64_t (*of)(Record const& record, Context const& context);
};

constexpr char const* line_text = "physical line in the file, the header being line 1";
constexpr char const* byte_text = "first byte in the file, from 0";

constexpr std::array<Column<BrokenRecord>, 10> broken_columns = {{
    {"file", "1", "file", "file the record stands in",
     [](BrokenRecord const& r, Context const&) { return static_cast<std::int64_t>(r.file); }},
    {"line", "1", "", line_text,
     [](BrokenRecord const& r, Context const& c) { return c.line(r.file, r.place); }},
    {"first_byte", "byte", "", byte_text,
     [](BrokenRecord const& r, Context const& c) { return c.byte(r.file, r.place); }},
    {"bytes", "byte", "", "length without the line end",
     [](BrokenRecord const& r, Context const&) { return r.place.bytes; }},
    {"row", "1", "", "row of declarations-YYYY.csv it was made from, from 0",
     [](BrokenRecord const& r, Context const&) { return r.row; }},
    {"version", "1", "", "version of the record: 1 as lodged, 2 and 3 amended",
     [](BrokenRecord const& r, Context const&) { return std::int64_t{r.version}; }},
    {"fault", "1", "fault", "what was done to it",
     [](BrokenRecord const& r, Context const&) { return static_cast<std::int64_t>(r.fault); }},
    {"reason", "1", "reason", "what a reader should say of it",
     [](BrokenRecord const& r, Context const&) { return static_cast<std::int64_t>(reason_of(r.fault)); }},
    {"is_copy", "1", "", "1 = stands in the second copy of a batch",
     [](BrokenRecord const& r, Context const&) { return std::int64_t{r.is_copy}; }},
    {"customs_value", "USD", "", "customs value it would have had",
     [](BrokenRecord const& r, Context const&) { return r.customs_value; }},
}};

constexpr std::array<Column<RepeatedBatch>, 6> repeated_columns = {{
    {"records", "1", "", "records of the batch",
     [](RepeatedBatch const& r, Context const&) { return r.records; }},
    {"bytes", "byte", "", "length with the last line end",
     [](RepeatedBatch const& r, Context const&) { return r.first.bytes; }},
    {"line", "1", "", line_text,
     [](RepeatedBatch const& r, Context const& c) { return c.line(DirtyFile::declarations, r.first); }},
    {"first_byte", "byte", "", byte_text,
     [](RepeatedBatch const& r, Context const& c) { return c.byte(DirtyFile::declarations, r.first); }},
    {"line_again", "1", "", "physical line of the second copy",
     [](RepeatedBatch const& r, Context const& c) { return c.line(DirtyFile::declarations, r.second); }},
    {"first_byte_again", "byte", "", "first byte of the second copy",
     [](RepeatedBatch const& r, Context const& c) { return c.byte(DirtyFile::declarations, r.second); }},
}};

constexpr std::array<Column<Amendment>, 9> amendment_columns = {{
    {"line", "1", "", "physical line in the file of amendments, the header being line 1",
     [](Amendment const& r, Context const& c) { return c.line(DirtyFile::amendments, r.place); }},
    {"row", "1", "", "row of declarations-YYYY.csv that is amended, from 0",
     [](Amendment const& r, Context const&) { return r.row; }},
    {"version", "1", "", "2, or 3 when it was amended again",
     [](Amendment const& r, Context const&) { return std::int64_t{r.version}; }},
    {"is_broken", "1", "", "1 = cannot be read, and stands among the broken",
     [](Amendment const& r, Context const&) { return std::int64_t{r.is_broken}; }},
    {"customs_value_before", "USD", "", "customs value of version 1",
     [](Amendment const& r, Context const&) { return r.customs_value_before; }},
    {"invoice_value", "USD", "", "invoice value of this version",
     [](Amendment const& r, Context const&) { return r.invoice; }},
    {"customs_value", "USD", "", "customs value of this version",
     [](Amendment const& r, Context const&) { return r.customs_value; }},
    {"duty", "USD", "", "duty of this version", [](Amendment const& r, Context const&) { return r.duty; }},
    {"vat", "USD", "", "value added tax of this version",
     [](Amendment const& r, Context const&) { return r.vat; }},
}};

template <class Columns>
BlockTable lay_out(ResultFile& file, std::string const& name, std::string const& title,
                   Columns const& columns, std::int64_t rows)
{
  std::vector<ResultColumn> described;
  for (auto const& column : columns)
  {
    ResultColumn& one =
        described.emplace_back(result_column<std::int64_t>(column.name, column.unit, column.definition));
    one.labels = column.labels;
    one.scale = one.unit == "USD" ? 2 : 0;
  }
  return file.lay_out_table(name, title, described, rows);
}

template <class Columns, class Record>
void write_rows(BlockTable const& table, std::int64_t first, Columns const& columns,
                std::vector<Record> const& records, Context const& context)
{
  std::vector<std::vector<std::int64_t>> cells;
  std::vector<std::span<std::byte const>> bytes;
  for (auto const& column : columns)
  {
    std::vector<std::int64_t>& numbers = cells.emplace_back();
    numbers.reserve(records.size());
    for (Record const& record : records)
    {
      numbers.push_back(column.of(record, context));
    }
  }
  for (auto const& numbers : cells)
  {
    bytes.push_back(std::as_bytes(std::span(numbers)));
  }
  if (!records.empty())
  {
    table.write(first, bytes);
  }
}

template <class E>
std::vector<std::string> names_of(std::size_t count)
{
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i)
  {
    names.emplace_back(name_of(static_cast<E>(i)));
  }
  return names;
}

}  // namespace

DirtyKeyFile::DirtyKeyFile(ResultFile& file, DirtyTally const& all)
{
  file.add_labels("file", {"declarations", "amendments"});
  file.add_labels("fault", names_of<kernels::DirtyFault>(kernels::dirty_fault_count));
  file.add_labels("reason", names_of<kernels::DirtyReason>(kernels::dirty_reason_count));
  broken_ = lay_out(file, "broken", "records that cannot be read", broken_columns, all.broken);
  repeated_ = lay_out(file, "repeated", "batches that were sent twice", repeated_columns, all.repeated);
  amendments_ =
      lay_out(file, "amendments", "records of the file of amendments", amendment_columns, all.amendments);
}

void DirtyKeyFile::write(kernels::DirtyKey const& key, DirtyTally const& before) const
{
  Context const context{before};
  write_rows(broken_, before.broken, broken_columns, key.broken, context);
  write_rows(repeated_, before.repeated, repeated_columns, key.repeated, context);
  write_rows(amendments_, before.amendments, amendment_columns, key.amendments, context);
}

}  // namespace tarifa::jobs
