#pragma once

namespace tarifa::kernels
{

/// Logarithm of the gamma function for x > 0, by recurrence and Stirling's series from + - * / alone (the
/// same bits on every processor); within 1e-13 of max(1, |value|).
double log_gamma(double x);

/// Quantile of Student's t distribution for a share strictly between 0 and 1 and 1 or more degrees of
/// freedom, infinity among them; G. W. Hill, Algorithm 396, Communications of the ACM 13 (1970) 619: within
/// 1e-5 relative from three degrees on.
double student_quantile(double share, double degrees_of_freedom);

}  // namespace tarifa::kernels
