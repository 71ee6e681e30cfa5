#include "jobs/support/synth_declaration_truth.hpp"

#include "jobs/support/synth_truth.hpp"
#include "kernels/synth/amendments.hpp"
#include "kernels/synth/faults.hpp"
#include "kernels/synth/fraud.hpp"
#include "kernels/synth/inspections.hpp"
#include "kernels/synth/world.hpp"

namespace tarifa::jobs
{
namespace
{

using Truth = kernels::DeclarationTruth;

ResultColumn money(std::string name, std::string definition)
{
  ResultColumn column = result_column<std::int64_t>(std::move(name), "USD", std::move(definition));
  column.scale = 2;
  return column;
}

template <class T>
ResultColumn labelled(std::string name, std::string labels, std::string definition)
{
  ResultColumn column = result_column<T>(std::move(name), "1", std::move(definition));
  column.labels = std::move(labels);
  return column;
}

ResultColumn product(std::string name, std::string definition)
{
  ResultColumn column = result_column<std::int32_t>(std::move(name), "1", std::move(definition));
  column.digits = 6;
  return column;
}

/// In the order of write_truth().
std::vector<ResultColumn> columns()
{
  ResultColumn net = result_column<std::int64_t>("net_mass", "kg", "true net mass of the declared goods");
  net.scale = 2;
  return {
      result_column<std::int64_t>("declaration", "1",
                                  "declaration_id of the row, whatever a fault made of it"),
      result_column<std::int8_t>("item", "1", "item of the row"),
      product("hs6", "true product"),
      labelled<std::int16_t>("origin", "country", "true country of origin"),
      std::move(net),
      result_column<std::int64_t>("quantity", "1", "true quantity in the unit of the true product"),
      money("customs_value", "true customs value, without undeclared goods"),
      product("hidden_hs6", "product of the undeclared goods; 0 = there are none"),
      money("hidden_value", "value of the undeclared goods"),
      money("duty_due", "duty by the law on what arrived"),
      money("excise_due", "excise by the law on what arrived"),
      money("vat_due", "value added tax by the law on what arrived"),
      money("taxes_due", "duty, excise and value added tax by the law on what arrived"),
      money("taxes_declared", "duty, excise and value added tax by the declaration"),
      labelled<std::int8_t>("mechanism", "mechanism", "how the row is made false on purpose"),
      labelled<std::int8_t>("honest_error", "honest_error", "what is wrong with the row without intent"),
      result_column<double>("fraud_probability", "1",
                            "chance of any mechanism, given what the importer is like on that day"),
      result_column<std::int64_t>("consignment", "1",
                                  "first declaration of the consignment; several declarations share it when "
                                  "it was split"),
      result_column<std::int8_t>("chain_length", "1", "invoices that came before the one declared"),
      result_column<std::int32_t>("importer", "1", "number of the importer, after the T of the file"),
      result_column<std::int32_t>("seat", "1", "place of the importer among all of all administrations"),
      result_column<std::int32_t>("person", "1", "who holds the seat: the same under all names"),
      labelled<std::int8_t>("fault", "fault", "fault the row of the file was broken by"),
      result_column<double>("random_probability", "1", "chance that the declaration is inspected at random"),
      result_column<double>("rule_probability", "1",
                            "chance that rules have the declaration inspected, if it is not at random"),
      result_column<double>("officer_probability", "1",
                            "chance that an officer has the declaration inspected, if neither happens"),
      labelled<std::int8_t>("channel", "channel", "why the declaration is inspected"),
      labelled<std::int8_t>("outcome", "outcome", "whether what is false in the row was found"),
      result_column<std::int8_t>("versions", "1", "versions of the declaration, 1 = never amended"),
      labelled<std::int8_t>("correction", "correction", "why the declarant corrects the row"),
      labelled<std::int8_t>("audit", "outcome", "whether an audit found what is false in the row"),
  };
}

template <class T>
std::span<std::byte const> bytes(std::vector<T> const& column)
{
  return std::as_bytes(std::span(column));
}

}  // namespace

BlockTable lay_out_truth(ResultFile& file, std::int64_t rows)
{
  std::vector<std::string> mechanisms, errors, faults = {"none"}, channels, outcomes, corrections;
  for (std::size_t i = 0; i < kernels::mechanism_count; ++i)
  {
    mechanisms.emplace_back(name_of(static_cast<kernels::Mechanism>(i)));
  }
  for (std::size_t i = 0; i < kernels::honest_error_count; ++i)
  {
    errors.emplace_back(name_of(static_cast<kernels::HonestError>(i)));
  }
  for (std::size_t i = 0; i < kernels::row_fault_count; ++i)
  {
    faults.emplace_back(name_of(static_cast<kernels::RowFault>(i)));
  }
  for (std::size_t i = 0; i < kernels::channel_count; ++i)
  {
    channels.emplace_back(name_of(static_cast<kernels::Channel>(i)));
  }
  for (std::size_t i = 0; i < kernels::outcome_count; ++i)
  {
    outcomes.emplace_back(name_of(static_cast<kernels::Outcome>(i)));
  }
  for (std::size_t i = 0; i < kernels::correction_count; ++i)
  {
    corrections.emplace_back(name_of(static_cast<kernels::Correction>(i)));
  }
  file.add_labels("country", country_labels());
  file.add_labels("mechanism", mechanisms);
  file.add_labels("honest_error", errors);
  file.add_labels("fault", faults);
  file.add_labels("channel", channels);
  file.add_labels("outcome", outcomes);
  file.add_labels("correction", corrections);
  return file.lay_out_table("declarations", "what is true of each row of the declarations of a year",
                            columns(), rows);
}

void write_truth(BlockTable const& table, std::int64_t first, Truth const& truth)
{
  std::array const cells = {bytes(truth.declaration),
                            bytes(truth.item),
                            bytes(truth.hs6),
                            bytes(truth.origin),
                            bytes(truth.net),
                            bytes(truth.quantity),
                            bytes(truth.customs_value),
                            bytes(truth.hidden_hs6),
                            bytes(truth.hidden_value),
                            bytes(truth.duty_due),
                            bytes(truth.excise_due),
                            bytes(truth.vat_due),
                            bytes(truth.taxes_due),
                            bytes(truth.taxes_declared),
                            bytes(truth.mechanism),
                            bytes(truth.honest_error),
                            bytes(truth.fraud_probability),
                            bytes(truth.consignment),
                            bytes(truth.chain_length),
                            bytes(truth.importer),
                            bytes(truth.seat),
                            bytes(truth.person),
                            bytes(truth.fault),
                            bytes(truth.random_probability),
                            bytes(truth.rule_probability),
                            bytes(truth.officer_probability),
                            bytes(truth.channel),
                            bytes(truth.outcome),
                            bytes(truth.versions),
                            bytes(truth.correction),
                            bytes(truth.audit)};
  table.write(first, cells);
}

}  // namespace tarifa::jobs
