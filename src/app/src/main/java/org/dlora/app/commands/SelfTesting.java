package org.dlora.app.commands;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.dlora.adapter.AdapterRoots;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.app.source.DemoFiles;
import org.dlora.bench.selftest.DemoCheck;
import org.dlora.bench.selftest.SelfTest;
import org.dlora.device.Device;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cpu.limits.CpuLimits;
import org.dlora.device.cpu.limits.LimitMeter;
import org.dlora.engine.merging.AdapterFacts;
import org.dlora.engine.merging.MergePermits;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.DeviceName;
import org.dlora.engine.opening.Gpus;
import org.dlora.engine.opening.HostProcessors;
import org.dlora.engine.opening.StartException;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;

/** A self-test run of a device that is opened as the server opens it. */
final class SelfTesting {
    private final Settings settings;
    private final Closing closing;

    /**
     * Subject and extent of a self-test.
     *
     * @param device its name, as in {@code dlora.replicas}
     * @param use kernels in C that may compute
     * @param threads of the CPU; 0 = one per processor
     * @param isShort whether one of the demo's adapters answers, and not all
     * @param isSpeedMeasured whether the speed of products is measured
     */
    record Settings(
            String device,
            CpuDevice.Native use,
            int threads,
            boolean isShort,
            boolean isSpeedMeasured) {}

    private SelfTesting(Settings settings, Closing closing) {
        this.settings = settings;
        this.closing = closing;
    }

    /**
     * Tests the device.
     *
     * @param lines gets each line of the report when it is there
     * @throws StartException if the device cannot be opened
     * @throws IllegalArgumentException if the settings do not fit the machine
     */
    static SelfTest run(Settings settings, Consumer<String> lines) {
        try (var closing = new Closing()) {
            return new SelfTesting(settings, closing).test(lines);
        }
    }

    private SelfTest test(Consumer<String> lines) {
        var device = closing.later(open());
        lines.accept(
                "%s, numeric mode %s%s"
                        .formatted(
                                device.name(),
                                device.numericMode(),
                                device instanceof CpuDevice cpu
                                        ? ", kernels: " + cpu.kernels()
                                        : ""));
        var test = new SelfTest(device, settings.threads(), lines);
        test.checkOperations();
        var demo = closing.later(DemoFiles.open());
        var model = closing.later(BaseModel.open(demo.model()));
        for (var precision : List.of(WeightPrecision.FLOAT32, WeightPrecision.BFLOAT16)) {
            answer(test, model, demo, device, precision);
        }
        if (settings.isSpeedMeasured()) {
            test.measureSpeed(limits(device));
        }
        return test;
    }

    private Device open() {
        var name = DeviceName.of("--device", settings.device());
        if (name.gpu().isPresent()) {
            return Gpus.open(name.gpu().getAsInt());
        }
        if (settings.threads() < 0) {
            throw new IllegalArgumentException(
                    "--threads is %d: expected 0 for one per processor, or more"
                            .formatted(settings.threads()));
        }
        HostProcessors.refusal("--native", settings.use())
                .ifPresent(reason -> {
                    throw new IllegalArgumentException(reason);
                });
        return HostProcessors.open(settings.use());
    }

    private void answer(
            SelfTest test,
            BaseModel model,
            DemoFiles demo,
            Device device,
            WeightPrecision precision) {
        try (var own = new Closing()) {
            var weights =
                    own.later(
                            DecoderWeights.pack(
                                    model, device, precision, DemoCheck.POSITIONS, _ -> {}));
            DemoCheck.run(
                            model,
                            weights,
                            adapters(model, demo, device, precision, weights, own),
                            device,
                            settings.threads(),
                            device instanceof CpuDevice)
                    .forEach(test::add);
        }
    }

    private Map<String, AdapterTerms> adapters(
            BaseModel model,
            DemoFiles demo,
            Device device,
            WeightPrecision precision,
            DecoderWeights weights,
            Closing own) {
        var facts = new AdapterFacts(model.spec(), weights, MergePermits.ALL, Long.MAX_VALUE);
        var adapters = new TreeMap<String, AdapterTerms>();
        for (var adapter : AdapterRoots.scan(List.of(demo.adapters()), model).adapters()) {
            own.later(adapter);
            if (!settings.isShort() || adapters.isEmpty()) {
                var uploaded = own.later(AdapterWeights.upload(adapter, device, precision));
                adapters.put(adapter.name(), facts.of(uploaded));
            }
        }
        return adapters;
    }

    /** Returns a meter of the machine's limits, where it is known how to measure them. */
    private Optional<Supplier<CpuLimits>> limits(Device device) {
        return device instanceof CpuDevice cpu
                ? Optional.of(
                        closing.later(new LimitMeter(settings.threads(), 0, cpu.family().family()))
                                ::measure)
                : Optional.empty();
    }
}
