#include "pipeline/ingest/code_column.hpp"

#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

Source source_with(std::string const& encoding, std::string const& column)
{
  return parse_source(
      "[source]\ntable = t\nencoding = " + encoding + "\n[column place]\nkind = code\n" + column, "s");
}

TEST(CodeColumn, AConstantKeepsItsAccentsWhateverTheFilesAre)
{
  for (std::string const encoding : {"utf-8", "latin-1"})
  {
    Source const source = source_with(encoding, "constant = S\xC3\xA3o Tom\xC3\xA9 \xE2\x82\xAC\n");
    CodeColumn column(source.columns[0], source);
    std::uint32_t const code = column.code_of_constant();
    ASSERT_EQ(column.texts().size(), 1U);
    EXPECT_EQ(column.texts()[code], "S\xC3\xA3o Tom\xC3\xA9 \xE2\x82\xAC");
    EXPECT_EQ(column.code_of_constant(), code);
    EXPECT_EQ(column.texts().size(), 1U);
  }
}

/// Texts of one column, one a line.
std::vector<std::uint32_t> codes_of(CodeColumn& column, std::string const& lines)
{
  RecordBatch batch;
  RecordScanner const scanner({}, 1);
  scanner.scan(lines, 0, lines.size(), true, lines.size(), batch);
  std::vector<std::uint32_t> codes(batch.records.size());
  column.codes_of(FieldColumn(lines, batch, 1, 0), codes.data());
  return codes;
}

/// One file of a delivery may have the field, another may not: the same place has one code.
TEST(CodeColumn, AConstantAndAFieldThatSayTheSameHaveOneCode)
{
  Source const latin = source_with("latin-1", "names = place\nconstant = S\xC3\xA3o\n");
  CodeColumn first(latin.columns[0], latin);
  std::uint32_t const constant = first.code_of_constant();
  // The last stands for "SA-tilde, pound sign, o": the bytes of the constant, but read as Latin-1.
  auto const codes = codes_of(first, "S\xE3o\nParis\nS\xC3\xA3o\n");
  EXPECT_EQ(codes[0], constant);
  EXPECT_NE(codes[1], constant);
  EXPECT_NE(codes[2], constant);
  EXPECT_EQ(first.texts()[codes[2]], "S\xC3\x83\xC2\xA3o");

  CodeColumn second(latin.columns[0], latin);
  auto const before = codes_of(second, "Paris\nS\xE3o\n");
  EXPECT_EQ(second.code_of_constant(), before[1]);

  Source const utf8 = source_with("utf-8", "names = place\nconstant = S\xC3\xA3o\n");
  CodeColumn third(utf8.columns[0], utf8);
  auto const plain = codes_of(third, "Paris\nS\xC3\xA3o\n");
  EXPECT_EQ(third.code_of_constant(), plain[1]);
  EXPECT_EQ(third.texts().size(), 2U);
}

TEST(CodeColumn, AConstantIsHeldAgainstTheCodeListAndTheMarks)
{
  Source const listed = source_with("latin-1", "constant = S\xC3\xA3o\ncodes = S\xC3\xA3o; Paris\n");
  CodeColumn good(listed.columns[0], listed);
  EXPECT_LT(good.code_of_constant(), CodeColumn::not_listed);
  Source const other = source_with("latin-1", "constant = S\xC3\xA3o\ncodes = Paris\n");
  CodeColumn bad(other.columns[0], other);
  EXPECT_EQ(bad.code_of_constant(), CodeColumn::not_listed);
  Source const marked = source_with("latin-1", "constant = S\xC3\xA3o\nmissing = S\xC3\xA3o\n");
  CodeColumn gone(marked.columns[0], marked);
  EXPECT_EQ(gone.code_of_constant(), CodeColumn::missing);
}

}  // namespace
}  // namespace tarifa
