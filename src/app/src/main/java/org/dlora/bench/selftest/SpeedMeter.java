package org.dlora.bench.selftest;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.dlora.bench.profile.Roofline;
import org.dlora.device.Activations;
import org.dlora.device.Device;
import org.dlora.device.WeightMatrix;
import org.dlora.device.cpu.limits.CpuLimits;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/**
 * Meter of the speed of products: those of one row are bound by the bandwidth of the memory, those
 * of many by arithmetic.
 */
final class SpeedMeter {
    /** Bytes of a matrix that no cache holds. */
    private static final long LARGE = 128L << 20;

    private static final int LARGE_COLUMNS = 8192;
    private static final int SIZE = 2048;
    private static final int MANY_ROWS = 128;
    private static final long WARM_NANOS = TimeUnit.MILLISECONDS.toNanos(400);
    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(40);
    private static final int ROUNDS = 9;
    private static final double GIGA = 1e9;

    private final Device device;
    private final int threads;
    private final Optional<Supplier<CpuLimits>> limits;

    /**
     * @param threads of the device's operations; 0 = its choice
     * @param limits measures the limits of the machine; empty where they are not known
     */
    SpeedMeter(Device device, int threads, Optional<Supplier<CpuLimits>> limits) {
        this.device = device;
        this.threads = threads;
        this.limits = limits;
    }

    List<Speed> measure() {
        var speeds = new ArrayList<Speed>();
        for (var dtype : List.of(DType.F32, DType.BF16)) {
            speeds.add(bandwidth(dtype));
            speeds.add(arithmetic(dtype));
        }
        return speeds;
    }

    private Speed bandwidth(DType dtype) {
        int rows = (int) (LARGE / LARGE_COLUMNS / dtype.bytes());
        return measure(
                "%s, 1 row by %d x %d".formatted(RowChecks.name(dtype), rows, LARGE_COLUMNS),
                dtype,
                rows,
                LARGE_COLUMNS,
                1,
                "GB/s",
                LARGE,
                Roofline::bandwidth);
    }

    private Speed arithmetic(DType dtype) {
        return measure(
                "%s, %d rows by %d x %d".formatted(RowChecks.name(dtype), MANY_ROWS, SIZE, SIZE),
                dtype,
                SIZE,
                SIZE,
                MANY_ROWS,
                "GFLOP/s",
                2.0 * MANY_ROWS * SIZE * SIZE,
                dtype == DType.BF16 ? Roofline::bf16Peak : Roofline::peak);
    }

    /**
     * @param amount bytes or operations of a product
     */
    private Speed measure(
            String what,
            DType dtype,
            int n,
            int k,
            int rows,
            String unit,
            double amount,
            ToDoubleFunction<Roofline> limit) {
        try (var session = new Session(device, threads)) {
            var weight = matrix(session, dtype, n, k);
            var x = session.upload(new Numbers(1).rows(rows, k), k);
            var y = session.buffer(rows, n);
            products(session, weight, x, y, WARM_NANOS);
            var before = limits.map(Supplier::get);
            double seconds = median(session, weight, x, y);
            var after = limits.map(Supplier::get);
            var roofline =
                    before.flatMap(first -> after.map(last -> Roofline.between(first, last)));
            return new Speed(
                    what,
                    amount / seconds / GIGA,
                    unit,
                    roofline.map(found -> OptionalDouble.of(limit.applyAsDouble(found) / GIGA))
                            .orElseGet(OptionalDouble::empty));
        }
    }

    private static WeightMatrix matrix(Session session, DType dtype, int n, int k) {
        try (var arena = Arena.ofShared()) {
            var data = arena.allocate((long) n * k * dtype.bytes());
            data.fill((byte) 0x3c); // About 0.01 in both dtypes.
            return session.matrix(
                    dtype, new Tensor("weight", dtype, List.of((long) n, (long) k), data));
        }
    }

    private static double median(
            Session session, WeightMatrix weight, Activations x, Activations y) {
        var rounds = new ArrayList<Double>();
        for (int i = 0; i < ROUNDS; i++) {
            rounds.add(products(session, weight, x, y, ROUND_NANOS));
        }
        rounds.sort(null);
        return rounds.get(ROUNDS / 2);
    }

    /** Computes products for about {@code nanos} and returns the seconds of one. */
    private static double products(
            Session session, WeightMatrix weight, Activations x, Activations y, long nanos) {
        var first = new float[weight.rows()];
        long start = System.nanoTime();
        long passed = 0;
        int done = 0;
        for (int next = 1; passed < nanos; next = done) {
            for (int i = 0; i < next; i++) {
                session.operations.linear(weight, Optional.empty(), x, x.rows(), y);
            }
            session.operations.read(y, 0, first);
            done += next;
            passed = System.nanoTime() - start;
        }
        return passed / GIGA / done;
    }
}
