#include "kernels/synth/dirty_layout.hpp"

#include <algorithm>
#include <vector>

#include "kernels/synth/declarations.hpp"

namespace tarifa::kernels
{
namespace
{

enum class Form : std::uint8_t
{
  word,  ///< as it is
  number,
  date,
  hs,
  text,  ///< of the world's languages
};

struct ColumnFacts
{
  std::string_view clean;                 ///< name in declarations-YYYY.csv
  std::array<std::string_view, 3> names;  ///< of each software
  int place;                              ///< in the third software, which sorts its columns otherwise
  Form form;
};

/// In the order of DirtyColumn.
constexpr std::array<ColumnFacts, dirty_column_count> facts = {{
    {"declaration_id", {"N° déclaration", "Numéro de déclaration", "DECLARATION_NO"}, 1, Form::word},
    {"item", {"Article", "N° d'article", "ITEM_NO"}, 2, Form::word},
    {"version", {"Vers.", "Version", "VERSION_NO"}, 3, Form::word},
    {"date", {"Date", "Date d'enregistrement", "ACCEPTANCE_DATE"}, 5, Form::date},
    {"reporter", {"Pays", "Pays déclarant", "REPORTING_CTY"}, 4, Form::word},
    {"office", {"Bureau", "Bureau de dédouanement", "OFFICE"}, 6, Form::word},
    {"importer", {"Importateur", "N° importateur", "CONSIGNEE_ID"}, 7, Form::word},
    {"declarant", {"Déclarant", "Déclarant agréé", "DECLARANT_ID"}, 8, Form::word},
    {"exporter", {"Expéditeur", "Expéditeur", "CONSIGNOR_ID"}, 9, Form::word},
    {"origin", {"Origine", "Pays d'origine", "ORIGIN_CTY"}, 14, Form::word},
    {"dispatch", {"Provenance", "Pays de provenance", "DISPATCH_CTY"}, 15, Form::word},
    {"hs6", {"Position SH", "Code SH6", "HS_CODE"}, 12, Form::hs},
    {"regime", {"Régime", "Régime douanier", "CPC"}, 10, Form::word},
    {"transport", {"Mode", "Mode de transport", "MODE_OF_TRANSPORT"}, 11, Form::word},
    {"incoterm", {"Incoterm", "Conditions de livraison", "DELIVERY_TERMS"}, 16, Form::word},
    {"currency", {"Devise", "Devise de facture", "INVOICE_CURRENCY"}, 17, Form::word},
    {"description", {"Désignation", "Désignation des marchandises", "GOODS_DESCRIPTION"}, 13, Form::text},
    {"gross_kg", {"Poids brut", "Masse brute (kg)", "GROSS_MASS_KG"}, 18, Form::number},
    {"net_kg", {"Poids net", "Masse nette (kg)", "NET_MASS_KG"}, 19, Form::number},
    {"quantity", {"Quantité", "Quantité complémentaire", "SUPPL_QUANTITY"}, 20, Form::number},
    {"unit", {"Unité", "Unité complémentaire", "SUPPL_UNIT"}, 21, Form::word},
    {"invoice_usd", {"Valeur facture", "Valeur facturée (USD)", "INVOICE_VALUE"}, 22, Form::number},
    {"freight_usd", {"Fret", "Fret (USD)", "FREIGHT"}, 23, Form::number},
    {"insurance_usd", {"Assurance", "Assurance (USD)", "INSURANCE"}, 24, Form::number},
    {"customs_value_usd", {"Valeur en douane", "Valeur en douane (USD)", "CUSTOMS_VALUE"}, 0, Form::number},
    {"duty_rate_pct", {"Taux", "Taux de droit (%)", "DUTY_RATE"}, 25, Form::number},
    {"duty_usd", {"Droit", "Droit de douane (USD)", "DUTY_AMOUNT"}, 26, Form::number},
    {"vat_usd", {"TVA", "TVA (USD)", "VAT_AMOUNT"}, 27, Form::number},
    {"year", {"Année", "Année", "YEAR"}, 28, Form::word},
}};

std::vector<std::string_view> split(std::string_view row)
{
  row = row.substr(0, row.find('\n'));
  std::vector<std::string_view> fields;
  for (std::size_t comma = 0; comma != std::string_view::npos;)
  {
    comma = row.find(',');
    fields.push_back(row.substr(0, comma));
    row.remove_prefix(std::min(row.size(), comma == std::string_view::npos ? row.size() : comma + 1));
  }
  return fields;
}

}  // namespace

std::string_view clean_field(std::string_view row, int k)
{
  for (; k > 0; --k)
  {
    row.remove_prefix(row.find(',') + 1);
  }
  return row.substr(0, row.find_first_of(",\n"));
}

std::string latin1_of(std::string_view utf8)
{
  std::string text;
  for (std::size_t i = 0; i < utf8.size(); ++i)
  {
    auto const byte = static_cast<unsigned char>(utf8[i]);
    bool const leads = byte >= 0xC0 && i + 1 < utf8.size();
    text += leads ? static_cast<char>((byte & 0x03U) << 6U | (static_cast<unsigned char>(utf8[++i]) & 0x3FU))
                  : utf8[i];
  }
  return text;
}

DirtyLayout::DirtyLayout(int year, DirtySettings const& settings)
{
  int const software = year < 2020 ? 0 : year == 2020 ? 1 : 2;
  bool const is_new = software == 2;
  software_ = settings.renamed_columns ? software : -1;
  is_latin1_ = settings.local_encoding && !is_new;
  marks_byte_order_ = settings.local_encoding && is_new;
  quotes_all_texts_ = settings.local_separator && is_new;
  loses_zeros_ = settings.lost_zeros && !is_new;
  separator_ = !settings.local_separator ? ',' : is_new ? '\t' : ';';
  line_end_ = settings.local_separator && !is_new ? "\r\n" : "\n";
  decimal_mark_ = settings.local_numbers && !is_new ? ',' : '.';
  thousands_mark_ = !settings.local_numbers ? '\0' : is_new ? ',' : '.';
  date_order_ = settings.local_dates ? software : -1;
  std::vector<std::string_view> const clean = split(declarations_header());
  for (std::size_t c = 0; c < dirty_column_count; ++c)
  {
    order_[c] = static_cast<DirtyColumn>(c);
    auto const found = std::find(clean.begin(), clean.end(), facts[c].clean);
    place_[c] = found == clean.end() ? -1 : static_cast<int>(found - clean.begin());
  }
  if (software_ == 2)
  {
    std::sort(order_.begin(), order_.end(),
              [](DirtyColumn a, DirtyColumn b) {
                return facts[static_cast<std::size_t>(a)].place < facts[static_cast<std::size_t>(b)].place;
              });
  }
}

std::string DirtyLayout::header() const
{
  std::string text = marks_byte_order_ ? "\xEF\xBB\xBF" : "";
  for (std::size_t k = 0; k < dirty_column_count; ++k)
  {
    ColumnFacts const& column = facts[static_cast<std::size_t>(order_[k])];
    std::string_view const name =
        software_ < 0 ? column.clean : column.names[static_cast<std::size_t>(software_)];
    text += k == 0 ? "" : std::string(1, separator_);
    text += is_latin1_ ? latin1_of(name) : std::string(name);
  }
  return text.append(line_end_);
}

void DirtyLayout::read(std::string_view row, int version, std::string_view description,
                       DirtyFields& fields) const
{
  std::vector<std::string_view> const clean = split(row);
  for (std::size_t c = 0; c < dirty_column_count; ++c)
  {
    auto const column = static_cast<DirtyColumn>(c);
    std::string_view const text = place_[c] < 0 ? "" : clean[static_cast<std::size_t>(place_[c])];
    switch (facts[c].form)
    {
      case Form::word:
        fields[column].assign(text);
        break;
      case Form::number:
        fields[column] = number(text);
        break;
      case Form::date:
        fields[column] = date(text.substr(0, 4), text.substr(5, 2), text.substr(8, 2));
        break;
      case Form::hs:
        fields[column].assign(loses_zeros_ && text.front() == '0' ? text.substr(1) : text);
        break;
      case Form::text:
        fields[column] = is_latin1_ ? latin1_of(description) : std::string(description);
        break;
    }
  }
  fields[DirtyColumn::version] = std::to_string(version);
}

std::string DirtyLayout::number(std::string_view plain) const
{
  std::size_t const whole = std::min(plain.find('.'), plain.size());
  std::string text;
  for (std::size_t i = 0; i < whole; ++i)
  {
    if (i > 0 && thousands_mark_ != 0 && (whole - i) % 3 == 0)
    {
      text += thousands_mark_;
    }
    text += plain[i];
  }
  if (whole < plain.size())
  {
    text += decimal_mark_;
    text.append(plain.substr(whole + 1));
  }
  return text;
}

std::string DirtyLayout::foreign_number(std::string_view plain) const
{
  std::string text(plain);
  std::replace(text.begin(), text.end(), '.', decimal_mark_ == '.' ? ',' : '.');
  return text;
}

std::string DirtyLayout::date(std::string_view year, std::string_view month, std::string_view day) const
{
  std::string text;
  auto const join = [&text](std::string_view a, char mark, std::string_view b, std::string_view c)
  { text.append(a).append(1, mark).append(b).append(1, mark).append(c); };
  switch (date_order_)
  {
    case 0:
      join(day, '/', month, year);
      break;
    case 1:
      join(day, '.', month, year);
      break;
    case 2:
      join(month, '/', day, year);
      break;
    default:
      join(year, '-', month, day);
  }
  return text;
}

void DirtyLayout::append(DirtyFields const& fields, Quoting quoting, std::string& out,
                         DirtyColumn const* left_out) const
{
  bool first = true;
  for (DirtyColumn const column : order_)
  {
    if (left_out != nullptr && column == *left_out)
    {
      continue;
    }
    if (!first)
    {
      out += separator_;
    }
    first = false;
    if (column == DirtyColumn::description)
    {
      append_text(fields[column], quoting, out);
    }
    // With a comma as decimal mark or for thousands, a number is quoted where the comma separates.
    else if (separator_ == ',' && fields[column].find(',') != std::string::npos)
    {
      out.append(1, '"').append(fields[column]).append(1, '"');
    }
    else
    {
      out += fields[column];
    }
  }
  out.append(line_end_);
}

void DirtyLayout::append_text(std::string_view text, Quoting quoting, std::string& out) const
{
  bool const needed =
      text.find(separator_) != std::string_view::npos || text.find('"') != std::string_view::npos;
  if (quoting == Quoting::bare || (quoting == Quoting::as_needed && !needed && !quotes_all_texts_))
  {
    out.append(text);
    return;
  }
  out += '"';
  for (char const byte : text)
  {
    out.append(byte == '"' ? 2 : 1, byte);
  }
  if (quoting != Quoting::never_ended)
  {
    out += '"';
  }
}

}  // namespace tarifa::kernels
