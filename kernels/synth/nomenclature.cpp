#include "kernels/synth/nomenclature.hpp"

#include <array>
#include <string_view>

#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{
namespace
{

struct Validity
{
  bool before, since;  ///< the revision
};

void append_code(std::string& out, std::string_view code, std::string_view unit, Validity valid)
{
  std::array<char, 96> buffer;
  RowText row(buffer.data());
  row.text(code).mark(',').number(static_cast<std::int64_t>(code.size()));
  row.mark(',').text(code.substr(0, code.size() - 2)).mark(',').text(unit).mark(',');
  row.number(valid.before ? hs_older_year : hs_revision_year).text("-01-01,");
  if (!valid.since)
  {
    row.number(hs_revision_year - 1).text("-12-31");
  }
  row.mark('\n');
  out.append(row.view());
}

void append_with_lines(std::string& out, World const& world, std::uint32_t product, HsCode const& code,
                       Validity valid)
{
  std::string_view const hs6(code.data(), code.size());
  std::string_view const unit = unit_code(world.products()[product].unit);
  append_code(out, hs6, unit, valid);
  std::string last8;
  for (NationalLine const& line : world.lines_of(product))
  {
    std::string const ten = std::string(hs6) + std::string(line.suffix.data(), line.suffix.size());
    if (ten.substr(0, 8) != last8)
    {
      last8 = ten.substr(0, 8);
      append_code(out, last8, unit, valid);
    }
    append_code(out, ten, unit, valid);
  }
}

std::string_view text_of(HsCode const& code)
{
  return {code.data(), code.size()};
}

}  // namespace

std::string nomenclature_text(World const& world)
{
  std::string out = "code,digits,parent,unit,valid_from,valid_to\n";
  std::string chapter, heading;
  for (std::uint32_t p = 0; p < product_count; ++p)
  {
    Product const& product = world.products()[p];
    for (auto const& [level, digits] : {std::pair{&chapter, 2}, std::pair{&heading, 4}})
    {
      std::string const code(text_of(product.code).substr(0, static_cast<std::size_t>(digits)));
      if (code != *level)
      {
        *level = code;
        append_code(out, code, "", {true, true});
      }
    }
    bool const before = product.filed_before == p;
    bool const since = product.filed_since == p;
    if (product.code_before == product.code)
    {
      append_with_lines(out, world, p, product.code, {before, since});
    }
    else
    {
      append_with_lines(out, world, p, product.code, {false, true});
      append_with_lines(out, world, p, product.code_before, {true, false});
    }
  }
  return out;
}

std::string nomenclature_changes_text(World const& world)
{
  std::string out = "date,from_code,to_code,change\n";
  auto const line = [&](HsCode const& from, HsCode const& to, std::string_view change)
  {
    out += std::to_string(hs_revision_year) + "-01-01,";
    out.append(text_of(from)).append(",").append(text_of(to)).append(",").append(change).append("\n");
  };
  auto const& products = world.products();
  for (std::uint32_t p = 0; p < product_count; ++p)
  {
    Product const& product = products[p];
    if (product.filed_before != p)
    {
      line(products[product.filed_before].code_before, products[product.filed_before].code, "split");
      line(products[product.filed_before].code_before, product.code, "split");
    }
    else if (product.filed_since != p)
    {
      line(products[product.filed_since].code_before, products[product.filed_since].code, "merged");
      line(product.code_before, products[product.filed_since].code, "merged");
    }
    else if (product.code_before != product.code)
    {
      line(product.code_before, product.code, "renumbered");
    }
  }
  return out;
}

}  // namespace tarifa::kernels
