package org.dlora.bench.selftest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.dlora.device.Device;
import org.dlora.device.cpu.limits.CpuLimits;

/**
 * The self-test of a device. Its parts are run one after another; each result is told as a line
 * when it is there, and kept for the report.
 */
public final class SelfTest {
    private final Device device;
    private final int threads;
    private final Consumer<String> lines;
    private final List<CheckResult> results = new ArrayList<>();
    private final List<Speed> speeds = new ArrayList<>();
    private final long start = System.nanoTime();

    /**
     * @param threads of the device's operations; 0 = its choice
     * @param lines gets the report's lines
     */
    public SelfTest(Device device, int threads, Consumer<String> lines) {
        this.device = device;
        this.threads = threads;
        this.lines = lines;
    }

    /** Compares all operations with the plain ones. */
    public void checkOperations() {
        check(OperationCheck.all());
    }

    void check(List<OperationCheck> checks) {
        var comparison = new Comparison(device, threads);
        checks.forEach(check -> add(comparison.of(check)));
    }

    /**
     * Measures the speed of products.
     *
     * @param limits measures the limits of the machine; empty where they are not known
     */
    public void measureSpeed(Optional<Supplier<CpuLimits>> limits) {
        for (var speed : new SpeedMeter(device, threads, limits).measure()) {
            speeds.add(speed);
            lines.accept(speed.line());
        }
    }

    /** Adds the result of another check. */
    public void add(CheckResult result) {
        results.add(result);
        lines.accept(result.line());
    }

    public boolean isOk() {
        return results.stream().allMatch(CheckResult::isOk);
    }

    /** Returns the names of the operations whose checks have failed. */
    List<String> failed() {
        return results.stream()
                .filter(result -> !result.isOk())
                .map(CheckResult::operation)
                .distinct()
                .toList();
    }

    /** Returns the report's last line. */
    public String summary() {
        long failed = results.stream().filter(result -> !result.isOk()).count();
        return "%s: %s of %d checks in %.1f s"
                .formatted(
                        device.name(),
                        failed == 0 ? "ok, all" : "FAILED, " + failed,
                        results.size(),
                        seconds());
    }

    private double seconds() {
        return 1e-9 * (System.nanoTime() - start);
    }

    /** Returns the report for programs. */
    public Map<String, Object> values() {
        var values = new LinkedHashMap<String, Object>();
        values.put("device", device.name());
        values.put("numeric_mode", device.numericMode());
        values.put("ok", isOk());
        values.put("seconds", seconds());
        values.put("checks", results.stream().map(CheckResult::values).toList());
        values.put("speed", speeds.stream().map(Speed::values).toList());
        return values;
    }
}
