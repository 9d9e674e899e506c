//! Arithmetic that keeps units. What cannot be said exactly is an error, never a rounding.

use super::evaluate::decimal;
use crate::syntax::ast::Operator;
use crate::units::{Decimal, UnitError};
use crate::vocabulary::value::Value;

fn number(d: Option<Decimal>) -> Result<Value, UnitError> {
    d.map(Value::Float).ok_or_else(|| UnitError::new("the result is too large or has no exact decimal"))
}

/// `a OP b` of two values that the checker found to fit.
pub fn apply(op: Operator, a: &Value, b: &Value) -> Result<Value, UnitError> {
    use Operator as O;
    use Value as V;
    let overflow = || UnitError::new("the result is too large for a whole number");
    macro_rules! amounts {
        ($($V:ident)*) => { match (op, a, b) {
            $((O::Add, V::$V(a), V::$V(b)) => return a.checked_add(*b).map(V::$V),
            (O::Subtract, V::$V(a), V::$V(b)) => return a.checked_sub(*b).map(V::$V),
            (O::Multiply, V::$V(a), n @ (V::Int(..) | V::Float(_))) | (O::Multiply, n @ (V::Int(..) | V::Float(_)), V::$V(a)) => {
                return a.checked_mul(decimal(n).unwrap_or(Decimal::ONE)).map(V::$V);
            }
            (O::Divide, V::$V(a), n @ (V::Int(..) | V::Float(_))) => return a.checked_div(decimal(n).unwrap_or(Decimal::ONE)).map(V::$V),
            (O::Divide, V::$V(a), V::$V(b)) => return number(a.ratio(*b)),
            (O::Of, V::Percent(p), V::$V(a)) => return a.share(*p).map(V::$V),)*
            _ => {}
        } };
    }
    amounts! { Cpu Bytes Duration Percent Quantity }
    match (op, a, b) {
        (O::Add, V::Int(a, _), V::Int(b, _)) => a.checked_add(*b).map(|i| V::Int(i, None)).ok_or_else(overflow),
        (O::Subtract, V::Int(a, _), V::Int(b, _)) => a.checked_sub(*b).map(|i| V::Int(i, None)).ok_or_else(overflow),
        (O::Multiply, V::Int(a, _), V::Int(b, _)) => a.checked_mul(*b).map(|i| V::Int(i, None)).ok_or_else(overflow),
        (O::Divide, V::Int(_, _), V::Int(0, _)) => Err(UnitError::new("division by zero")),
        (O::Divide, V::Int(a, _), V::Int(b, _)) => match a.checked_rem(*b) {
            Some(0) => a.checked_div(*b).map(|i| V::Int(i, None)).ok_or_else(overflow),
            _ => Err(UnitError::new(format!("{a} divided by {b} is no whole number"))
                .help(format!("divide a decimal, `{a}.0 / {b}`, or a number that {b} divides"))),
        },
        (O::Of, V::Percent(p), V::Int(a, _)) => p.of_int(*a).map(|i| V::Int(i, None)),
        (O::Of, V::Percent(p), V::Float(a)) => number(p.ratio_of_one().checked_mul(*a)),
        (_, V::Int(..) | V::Float(_), V::Int(..) | V::Float(_)) => {
            let (Some(a), Some(b)) = (decimal(a), decimal(b)) else { return Err(overflow()) };
            number(match op {
                O::Add => a.checked_add(b),
                O::Subtract => a.checked_sub(b),
                O::Multiply => a.checked_mul(b),
                _ => a.checked_div(b),
            })
        }
        _ => Err(UnitError::new("these two cannot be calculated with")),
    }
}
