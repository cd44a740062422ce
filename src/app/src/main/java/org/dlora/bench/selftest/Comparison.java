package org.dlora.bench.selftest;

import org.dlora.device.Device;
import org.dlora.device.reference.ReferenceDevice;
import org.dlora.device.reference.Session;

/** Comparison of a device with the plain device. */
final class Comparison {
    private static final String FLOAT32 = "float32";

    private final Device device;
    private final int threads;
    private final boolean hasFloat32Products;

    /**
     * @param threads of the device's operations; 0 = its choice
     */
    Comparison(Device device, int threads) {
        this.device = device;
        this.threads = threads;
        hasFloat32Products = device.numericMode().equals(FLOAT32);
    }

    /** Returns the result of a check. A device that throws has failed it. */
    CheckResult of(OperationCheck check) {
        var worst = new Deviation("", 0, 0, 0);
        try (var tested = new Session(device, threads);
                var plain = new Session(new ReferenceDevice(), 1)) {
            for (var one : check.cases()) {
                var found = compare(one, tested, plain);
                worst = found.ratio() > worst.ratio() ? found : worst;
            }
        } catch (RuntimeException | Error e) {
            return CheckResult.failed(check.operation(), check.what(), e.toString());
        }
        return CheckResult.of(check, worst);
    }

    /** Returns the result that is nearest to its limit, or furthest beyond. */
    private Deviation compare(CheckCase one, Session tested, Session plain) {
        float[][] actual = one.scenario().run(tested, one.numbers());
        float[][] expected = one.scenario().run(plain, one.numbers());
        var allowance = hasFloat32Products ? one.allowance().ofFloat32Products() : one.allowance();
        float[][] magnitudes =
                allowance.bfloat16() == 0
                        ? expected
                        : one.scenario().run(plain, one.numbers().absolute());
        var worst = new Deviation(one.shape(), 0, 0, 0);
        for (int i = 0; i < expected.length; i++) {
            for (int j = 0; j < expected[i].length; j++) {
                double allowed = allowance.of(expected[i][j], magnitudes[i][j]);
                if (Deviation.ratio(actual[i][j], expected[i][j], allowed) > worst.ratio()) {
                    var place = "%s: [%d][%d]".formatted(one.shape(), i, j);
                    worst = new Deviation(place, actual[i][j], expected[i][j], allowed);
                }
            }
        }
        return worst;
    }
}
