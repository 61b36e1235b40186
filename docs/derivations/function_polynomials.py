"""Derives the polynomials of FunctionCoefficients.cs (needs mpmath): interpolants at Chebyshev nodes in 50 digits, rounded to float32."""
import struct

from mpmath import mp, mpf, cos, sin, exp, log, tanh, erf, erfc, pi, sqrt, lu_solve, matrix, nstr

mp.dps = 50


def f32(value):
    return struct.unpack("<f", struct.pack("<f", float(value)))[0]


def text(value):
    for digits in range(1, 10):
        short = f"{f32(value):.{digits}g}"
        if f32(float(short)) == f32(value):
            return short + "f"
    raise ValueError(value)


def fit(name, f, low, high, degree):
    """f on [low, high] as a polynomial; lists the coefficients from the constant up."""
    mid, half = mpf(low + high) / 2, mpf(high - low) / 2
    nodes = [mid + half * cos(pi * (2 * i + 1) / (2 * degree + 2)) for i in range(degree + 1)]
    c = lu_solve(matrix([[x ** d for d in range(degree + 1)] for x in nodes]), matrix([f(x) for x in nodes]))
    worst = max(abs(sum(c[d] * x ** d for d in range(degree + 1)) - f(x)) for x in (low + (high - low) * mpf(i) / 200 for i in range(201)))
    print(f"{name}: error {nstr(worst, 3)}: " + ", ".join(text(v) for v in c))


def split(name, value, parts):
    out = []
    for _ in range(parts):
        out.append(text(value))
        value -= mpf(f32(value))
    print(name, ", ".join(out))


tiny = mpf(10) ** -20
ln2 = log(mpf(2))
print("Log2E", text(1 / ln2), "TwoOverPi", text(2 / pi))
print("Ln2High with 15 bits", text(mpf(int(ln2 * 2 ** 15)) / 2 ** 15), "Ln2Low", text(ln2 - mpf(int(ln2 * 2 ** 15)) / 2 ** 15))
split("HalfPi", pi / 2, 3)
fit("exp: (e^r - 1 - r) / r^2", lambda r: (exp(r) - 1 - r) / r ** 2 if abs(r) > tiny else mpf(1) / 2, -ln2 / 2, ln2 / 2, 4)
fit("log: (log(1 + f) - f + f^2 / 2) / f^3", lambda f: (log(1 + f) - f + f ** 2 / 2) / f ** 3 if abs(f) > tiny else mpf(1) / 3,
    sqrt(mpf(1) / 2) - 1, sqrt(mpf(2)) - 1, 8)
fit("sin: (sin r - r) / r^3 in r^2", lambda q: (sin(sqrt(q)) - sqrt(q)) / sqrt(q) ** 3 if q > tiny else -mpf(1) / 6, mpf(0), (pi / 4) ** 2, 3)
fit("cos: (cos r - 1 + r^2 / 2) / r^4 in r^2", lambda q: (cos(sqrt(q)) - 1 + q / 2) / q ** 2 if q > tiny else mpf(1) / 24, mpf(0), (pi / 4) ** 2, 2)
fit("tanh: (tanh x - x) / x^3 in x^2", lambda q: (tanh(sqrt(q)) - sqrt(q)) / sqrt(q) ** 3 if q > tiny else -mpf(1) / 3, mpf(0), mpf("0.625") ** 2, 5)
fit("erf: erf(x) / x - 1 in x^2", lambda q: erf(sqrt(q)) / sqrt(q) - 1 if q > tiny else 2 / sqrt(pi) - 1, mpf(0), mpf(1), 7)
fit("erfc: log(erfc(x)) in x - 2.5", lambda s: log(erfc(s + mpf("2.5"))), mpf("-1.5"), mpf("1.5"), 9)
