#include "pipeline/ingest/reasons.hpp"

namespace tarifa
{

Reasons::Reasons(Source const& source) : first_order_(fixed + source.columns.size() * per_column)
{
  // In the order of RecordFault, then what only a whole record can show.
  texts_ = {"wrong field count",
            "text after a closing quote",
            "quote not closed",
            "record too long",
            "NUL byte",
            "rest of a rejected line",
            "not valid in the declared encoding"};
  for (SourceColumn const& column : source.columns)
  {
    std::string const& name = column.schema.name;
    texts_.push_back(name + " missing");
    texts_.push_back(name + " malformed");
    texts_.push_back(name + " out of range");
    texts_.push_back(name + " not in its code list");
    texts_.push_back(name + " not valid on its date");
  }
  for (OrderRule const& rule : source.order_rules)
  {
    texts_.push_back(rule.left + " greater than " + rule.right);
  }
}

}  // namespace tarifa
