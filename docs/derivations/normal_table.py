"""Derives the coefficient table of NormalTable.cs (needs mpmath).

A 32-bit word gives a sign and an odd magnitude m = (word & 0x7fffffff) | 1; the tail probability is p = m * 2^-32 and the normal is
z(p) = -Phi^-1(p). Octave k holds m = t * 2^k with t in [1, 2). Each octave gets a polynomial in s = t - 1.5: the interpolant at
Chebyshev nodes in 50 digits, rounded to float32. Row d of the output lists the coefficient of s^d in the order of the table's index,
(k - 1) mod 32, which is the low five bits of the exponent field of float(m).
"""
import struct
import sys

from mpmath import mp, mpf, erfinv, sqrt, cos, pi, lu_solve, matrix

mp.dps = 50


def z(octave, t):
    return sqrt(2) * erfinv(1 - 2 * t * mpf(2) ** (octave - 32))


def f32(value):
    return struct.unpack("<f", struct.pack("<f", float(value)))[0]


def coefficients(octave, degree):
    nodes = [cos(pi * (2 * i + 1) / (2 * degree + 2)) / 2 for i in range(degree + 1)]
    a = matrix([[x ** d for d in range(degree + 1)] for x in nodes])
    b = matrix([z(octave, x + mpf(3) / 2) for x in nodes])
    return list(lu_solve(a, b))


def main(degree):
    rows = [[0.0] * 32 for _ in range(degree + 1)]
    worst = 0
    for k in range(31):
        c = coefficients(k, degree)
        for d in range(degree + 1):
            rows[d][(k - 1) % 32] = f32(c[d])
        for i in range(65):
            t = 1 + mpf(i) / 64
            approx = sum(mpf(f32(c[d])) * (t - mpf(3) / 2) ** d for d in range(degree + 1))
            err = abs(approx - z(k, t)) / max(z(k, t), mpf(1))
            worst = max(worst, err)
    print("worst error relative to max(z, 1):", mp.nstr(worst, 3), file=sys.stderr)
    for d, row in enumerate(rows):
        print(f"        // s^{d}")
        for i in range(0, 32, 4):
            print("        " + " ".join(f"{v!r}f," if v else "0f," for v in (float(repr_f32(x)) for x in row[i:i + 4])))


def repr_f32(value):
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if f32(float(text)) == value:
            return text
    return repr(value)


main(int(sys.argv[1]) if len(sys.argv) > 1 else 6)
