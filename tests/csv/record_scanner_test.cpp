#include "pipeline/csv/record_scanner.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/csv/reference_scanner.hpp"
#include <gtest/gtest.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

using namespace std::string_literals;

std::vector<Lanes> all_lanes()
{
  std::vector<Lanes> lanes{Lanes::sse2, Lanes::swar};
  if (best_lanes() == Lanes::avx2)
  {
    lanes.push_back(Lanes::avx2);
  }
  return lanes;
}

/// "b-e" of each record, "why b-e" of each fault, as a line of text.
std::string outcome(std::string_view text, std::size_t fields, Dialect dialect = {})
{
  RecordBatch batch;
  RecordScanner(dialect, fields).scan(text, 0, text.size(), true, text.size() + 1, batch);
  std::string line;
  for (auto const& record : batch.records)
  {
    line += std::string(text.substr(record.begin, record.end - record.begin)) + "|";
  }
  char const* names[] = {"count", "bad", "unclosed", "long", "nul", "rest"};
  for (auto const& fault : batch.faults)
  {
    line += " " + std::string(names[static_cast<int>(fault.why)]) + ":"
            + std::string(text.substr(fault.begin, fault.end - fault.begin));
  }
  return line;
}

TEST(RecordScanner, cuts_lines_with_either_line_end_and_without_the_last_one)
{
  EXPECT_EQ(outcome("a,b\nc,d\r\ne,f", 2), "a,b|c,d|e,f|");
  EXPECT_EQ(outcome("a,b\n", 2), "a,b|");
  EXPECT_EQ(outcome("", 2), "");
  EXPECT_EQ(outcome(",\n", 2), ",|");
}

TEST(RecordScanner, takes_a_lone_carriage_return_as_data)
{
  EXPECT_EQ(outcome("a\rx,b\n", 2), "a\rx,b|");
  EXPECT_EQ(outcome("a,b\r", 2), "a,b\r|");
  EXPECT_EQ(outcome("a,b\r\r\n", 2), "a,b\r|");
}

TEST(RecordScanner, passes_over_blank_lines_and_counts_them)
{
  RecordBatch batch;
  RecordScanner const scanner({}, 1);
  std::string const text = "\n\r\na\n\n\nb\n";
  EXPECT_EQ(scanner.scan(text, 0, text.size(), true, 10, batch), text.size());
  EXPECT_EQ(batch.blank_lines, 4U);
  EXPECT_EQ(batch.lines, 6U);
  ASSERT_EQ(batch.records.size(), 2U);
  EXPECT_EQ(batch.records[0].line, 2U);
  EXPECT_EQ(batch.records[1].line, 5U);
}

TEST(RecordScanner, keeps_delimiters_and_line_ends_inside_quotes)
{
  EXPECT_EQ(outcome("\"a,\n\"\"x\"\"\",b\nc,d\n", 2), "\"a,\n\"\"x\"\"\",b|c,d|");
  EXPECT_EQ(outcome("a,\"b\"\r\nc,\"\"\r\n", 2), "a,\"b\"|c,\"\"|");
  EXPECT_EQ(outcome("a,\"b\"", 2), "a,\"b\"|");
}

TEST(RecordScanner, takes_a_quote_inside_an_unquoted_field_as_data)
{
  EXPECT_EQ(outcome("tv 42\",b\nc\"\"d,\"e\"\n", 2), "tv 42\",b|c\"\"d,\"e\"|");
}

TEST(RecordScanner, rejects_only_the_first_line_of_malformed_quoting)
{
  EXPECT_EQ(outcome("\"a\"x,b\nc,d\n", 2), "c,d| bad:\"a\"x,b");
  EXPECT_EQ(outcome("\"a,b\nc,d\ne,f\n", 2), "c,d|e,f| unclosed:\"a,b");
  EXPECT_EQ(outcome("\"a\n\"x,b\nc,d\n", 2), "c,d| bad:\"a unclosed:\"x,b");
}

TEST(RecordScanner, rejects_a_record_with_a_wrong_number_of_fields_whole)
{
  EXPECT_EQ(outcome("a\nb,c\nd,e,f\n", 2), "b,c| count:a count:d,e,f");
  EXPECT_EQ(outcome("\"a\nb\"\nc,d\n", 2), "c,d| count:\"a\nb\"");
}

TEST(RecordScanner, rejects_a_record_with_a_nul_byte)
{
  EXPECT_EQ(outcome("a\0,b\nc,d\n"s, 2), "c,d| nul:a\0,b"s);
  EXPECT_EQ(outcome("\"a\n\0\",b\nc,d\n"s, 2), "c,d| nul:\"a\n\0\",b"s);
}

TEST(RecordScanner, knows_no_quotes_when_told_so)
{
  Dialect const dialect{';', 0, 64};
  EXPECT_EQ(outcome("\"a;b\n\"c\"x;d\"\n", 2, dialect), "\"a;b|\"c\"x;d\"|");
}

TEST(RecordScanner, follows_lines_and_quotes_exactly_as_far_as_the_limit)
{
  Dialect const dialect{',', '"', 8};
  EXPECT_EQ(outcome("1234567,\nab,c\n", 2, dialect), "1234567,|ab,c|");
  EXPECT_EQ(outcome("12345678,\nab,c\n", 2, dialect), "ab,c| long:12345678,");
  EXPECT_EQ(outcome("1234567,", 2, dialect), "1234567,|");
  EXPECT_EQ(outcome("12345678,", 2, dialect), " long:12345678,");
  EXPECT_EQ(outcome("\"2345\n\",\nab,c\n", 2, dialect), "\"2345\n\",|ab,c|");
  EXPECT_EQ(outcome("\"23456\n\",\nab,c\n", 2, dialect), "ab,c| long:\"23456 unclosed:\",");
}

TEST(RecordScanner, rejects_a_line_of_ten_megabytes_as_one_fault_in_bounded_text)
{
  std::string file = "a,b\n" + std::string(10'000'000, 'x') + ",y\nc,d\n";
  Dialect const dialect{};
  RecordScanner const scanner(dialect, 2);
  CutText const cut = scan_in_blocks(scanner, file, 1 << 20, 1000, dialect, 2);
  ASSERT_EQ(cut.faults.size(), 1U);
  EXPECT_EQ(cut.faults[0].begin, 4U);
  EXPECT_EQ(cut.faults[0].end, 10'000'006U);
  EXPECT_EQ(cut.records.size(), 2U);
  EXPECT_EQ(cut.lines, 3U);
}

TEST(RecordScanner, leaves_a_record_that_the_text_does_not_hold_whole)
{
  RecordScanner const scanner({}, 2);
  RecordBatch batch;
  EXPECT_EQ(scanner.scan("a,b\nc,", 0, 6, false, 10, batch), 4U);
  EXPECT_EQ(batch.records.size(), 1U);
  EXPECT_TRUE(batch.faults.empty());
}

TEST(RecordScanner, appends_to_a_batch_and_carries_lines_on)
{
  RecordScanner const scanner({}, 2);
  RecordBatch batch;
  std::string const text = "a,b\nc,d\ne,f\n";
  EXPECT_EQ(scanner.scan(text, 0, text.size(), true, 1, batch), 4U);
  EXPECT_EQ(scanner.scan(text, 4, 5, true, 9, batch), 8U);
  EXPECT_EQ(scanner.scan(text, 8, 12, true, 9, batch), 12U);
  ASSERT_EQ(batch.records.size(), 3U);
  EXPECT_EQ(batch.records[2].line, 2U);
  batch.field_end.resize(6);  // there may be room beyond
  EXPECT_EQ(batch.field_end, (std::vector<std::uint32_t>{1, 3, 5, 7, 9, 11}));
}

TEST(RecordScanner, refuses_marks_that_exclude_each_other)
{
  EXPECT_THROW(RecordScanner({'"', '"', 10}, 2), Error);
  EXPECT_THROW(RecordScanner({'\n', '"', 10}, 2), Error);
  EXPECT_THROW(RecordScanner({}, 0), Error);
}

std::string random_text(std::mt19937& random, std::size_t bytes, std::string_view alphabet)
{
  std::string text;
  for (std::size_t k = 0; k < bytes; ++k)
  {
    text += alphabet[random() % alphabet.size()];
  }
  return text;
}

/// Scans with every kind of lanes and several cuts; all must give what the reference gives.
void expect_reference(std::string_view text, Dialect const& dialect, std::size_t fields,
                      std::vector<std::size_t> const& blocks, std::size_t most)
{
  CutText const expected = ReferenceScanner(dialect, fields).cut(text);
  for (Lanes const lanes : all_lanes())
  {
    RecordScanner const scanner(dialect, fields, lanes);
    for (std::size_t const block : blocks)
    {
      ASSERT_EQ(scan_in_blocks(scanner, text, block, most, dialect, fields), expected)
          << testing::PrintToString(std::string(text)) << " block " << block << " limit "
          << dialect.record_limit_bytes << " fields " << fields << " lanes " << static_cast<int>(lanes);
    }
  }
}

TEST(RecordScanner, agrees_with_the_reference_on_short_random_texts_under_every_cut)
{
  std::mt19937 random(7);
  std::string_view const alphabets[] = {"aaaaa,,,\"\n\r", "a,\"\n", "aaaa,,\n", {"a,,\"\"\"\n\r\0", 9}};
  for (std::size_t trial = 0; trial < 1200; ++trial)
  {
    std::string const text = random_text(random, 1 + random() % 60, alphabets[trial % 4]);
    std::vector<std::size_t> blocks(text.size());
    std::iota(blocks.begin(), blocks.end(), std::size_t{1});
    ASSERT_NO_FATAL_FAILURE(
        expect_reference(text, {',', '"', 1 + random() % 80}, 1 + random() % 3, blocks, 1 + random() % 4));
  }
}

/// Lines that are mostly right, so that long stretches stay on the fast path.
std::string plausible_text(std::mt19937& random, std::size_t lines, std::size_t fields)
{
  std::string text;
  char const* const odd[] = {"\"q,\n\"\"x\"\"\"", "5\" pipe", "\"\"", "\"open", "\"a\"b", "x\ry",
                             "\"\r\n\"",          "\"\"\"\""};
  for (std::size_t line = 0; line < lines; ++line)
  {
    std::size_t const count = random() % 40 == 0 ? 1 + random() % (2 * fields) : fields;
    for (std::size_t field = 0; field < count; ++field)
    {
      text += field == 0 ? "" : ",";
      text += random() % 30 == 0 ? std::string(odd[random() % 8]) : std::string(random() % 12, 'a');
    }
    text += random() % 50 == 0 ? std::string(1, '\0') : "";
    text += random() % 4 == 0 ? "\r\n" : "\n";
    text += random() % 30 == 0 ? "\n" : "";
  }
  return text;
}

TEST(RecordScanner, agrees_with_the_reference_on_long_plausible_texts)
{
  std::mt19937 random(11);
  for (std::size_t trial = 0; trial < 300; ++trial)
  {
    std::size_t const fields = 1 + random() % 30;
    std::string const text = plausible_text(random, 1 + random() % 200, fields);
    std::vector<std::size_t> const blocks{text.size(), 1 + random() % 5000, 1 + random() % 300};
    ASSERT_NO_FATAL_FAILURE(
        expect_reference(text, {',', '"', 1 + random() % 3000}, fields, blocks, 1 + random() % 100));
  }
}

TEST(RecordScanner, guesses_the_first_record_after_an_offset)
{
  std::string const text = "a,b,c\n1,\"x,y\nz,\n,\",3\n4,5,6\n7,8,9\n1,2,3\n";
  RecordScanner const scanner({}, 3);
  std::size_t const after_quoted = text.find("4,5,6");
  EXPECT_EQ(scanner.guess_start(text, 6), 6U) << "the byte before is a line feed";
  EXPECT_EQ(scanner.guess_start(text, 1), 6U);
  EXPECT_EQ(scanner.guess_start(text, 8), after_quoted) << "lines inside the quotes are no records";
  EXPECT_EQ(scanner.guess_start(text, text.size() - 2), text.size());
  EXPECT_EQ(scanner.guess_start("no line end", 2), 11U);
}

TEST(RecordScanner, gives_the_same_records_from_guessed_starts_as_from_the_start_of_the_file)
{
  std::mt19937 random(5);
  std::string text;
  for (int line = 0; line < 3000; ++line)
  {
    text += "1,\"goods, " + std::string(line % 7 == 0 ? "two\nlines" : "one") + "\",3,4,5,6\n";
  }
  RecordScanner const scanner({}, 6);
  RecordBatch whole;
  scanner.scan(text, 0, text.size(), true, text.size(), whole);
  for (int trial = 0; trial < 200; ++trial)
  {
    std::size_t const from = random() % (text.size() - 200);
    std::size_t const guess = scanner.guess_start(text, from);
    auto const next = std::find_if(whole.records.begin(), whole.records.end(),
                                   [&](auto const& record) { return record.begin >= from; });
    ASSERT_NE(next, whole.records.end());
    EXPECT_EQ(guess, next->begin) << "from " << from;
  }
}

TEST(Unquoted, removes_quotes_and_folds_doubled_ones)
{
  std::string scratch;
  EXPECT_EQ(unquoted("abc", '"', scratch), "abc");
  EXPECT_EQ(unquoted("\"abc\"", '"', scratch), "abc");
  EXPECT_EQ(unquoted("\"\"", '"', scratch), "");
  EXPECT_EQ(unquoted("\"a\"\"b\"\"\"", '"', scratch), "a\"b\"");
  EXPECT_EQ(unquoted("5\" pipe\"", '"', scratch), "5\" pipe\"");
  EXPECT_EQ(unquoted("\"", '"', scratch), "\"");
  EXPECT_EQ(unquoted("", '"', scratch), "");
  EXPECT_EQ(unquoted("'a'", 0, scratch), "'a'");
}

}  // namespace
}  // namespace tarifa
