#pragma once

#include <cstdint>
#include <vector>

namespace tarifa::kernels
{

/// What is true of rows of declarations, column by column, all of one length. Row i of the truth is row i of
/// the file, broken or not. Money in US cents, mass in 0.01 kg.
struct DeclarationTruth
{
  std::vector<std::int64_t> declaration;
  std::vector<std::int8_t> item;
  std::vector<std::int32_t> hs6;
  std::vector<std::int16_t> origin;  ///< position of the country
  std::vector<std::int64_t> net, quantity, customs_value;
  std::vector<std::int32_t> hidden_hs6;  ///< of undeclared goods; 0 = there are none
  std::vector<std::int64_t> hidden_value;
  std::vector<std::int64_t> duty_due, excise_due, vat_due;  ///< of what arrived
  std::vector<std::int64_t> taxes_due, taxes_declared;
  std::vector<std::int8_t> mechanism, honest_error;  ///< positions in Mechanism and HonestError
  std::vector<double> fraud_probability;
  std::vector<std::int64_t> consignment;   ///< first declaration of the consignment
  std::vector<std::int8_t> chain_length;   ///< invoices before the one declared
  std::vector<std::int32_t> importer;      ///< number in the file
  std::vector<std::int32_t> seat, person;  ///< who it really is
  std::vector<std::int8_t> fault;          ///< 0, or 1 + the RowFault the row is broken by
  /// Chances that the declaration of the row is taken: at random; by rules, if not so; by judgement, if
  /// neither.
  std::vector<double> random_probability, rule_probability, officer_probability;
  std::vector<std::int8_t> channel, outcome;  ///< positions in Channel and Outcome
  std::vector<std::int8_t> versions;          ///< of the declaration, 1 = never amended
  std::vector<std::int8_t> correction;        ///< position in Correction
  std::vector<std::int8_t> audit;             ///< position in Outcome: what an audit made of the row

  void clear();
};

}  // namespace tarifa::kernels
