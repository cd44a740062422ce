package org.dlora.app.commands;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.dlora.adapter.AdapterLoader;
import org.dlora.adapter.AdapterName;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.app.source.DemoFiles;
import org.dlora.app.source.ModelSource;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.device.Device;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.merging.MergeProbe;
import org.dlora.engine.opening.HostProcessors;
import org.dlora.engine.opening.StartException;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.LoadException;

/**
 * Inspection of one adapter. It does what the server does at its start, down to packing the
 * weights, so the verdict is the server's.
 */
final class Inspection {
    private static final String GIVE_MODEL =
            "no --model was given, so the adapter was checked against the demo model; give the one that it was trained on by --model=DIR";

    private Inspection() {}

    /** Checks the adapter in {@code folder} against the bundled demo model. */
    static InspectionReport withDemo(Path folder) {
        try (var demo = DemoFiles.open()) {
            var report = new InspectionReport(folder, "the bundled demo model");
            check(folder, demo.model(), ModelSource.DEMO_NAME, false, report);
            if (!report.isServed()) {
                report.hint(GIVE_MODEL);
            }
            return report;
        }
    }

    /** Checks the adapter in {@code folder} against {@code model}. */
    static InspectionReport of(Path folder, ModelOption model, Supplier<HubSettings> hub) {
        var report = new InspectionReport(folder, model.text());
        try {
            check(folder, model.folder(hub), model.servedName(), true, report);
        } catch (StartException e) {
            report.giveUp(List.of(String.valueOf(e.getMessage())));
        }
        return report;
    }

    private static void check(
            Path folder, Path model, String servedName, boolean probed, InspectionReport report) {
        try (var base = BaseModel.open(model)) {
            base.warnings().forEach(warning -> report.warn("base model: " + warning));
            load(folder, base, servedName, probed, report);
        } catch (LoadException e) {
            report.giveUp(e.problems());
        }
    }

    private static Optional<MergeFidelity> fidelity(
            BaseModel base, Device device, AdapterWeights adapter) {
        var prompt = base.tokenizer().encode(MergeProbe.PROMPT, true);
        try (var weights =
                        DecoderWeights.pack(
                                base, device, WeightPrecision.AUTO, prompt.length, _ -> {});
                var probe =
                        new MergeProbe(
                                base.spec(),
                                weights,
                                device,
                                0,
                                device.kvDtype(weights.dtype()),
                                prompt)) {
            return probe.measure(adapter);
        }
    }

    private static void load(
            Path folder,
            BaseModel base,
            String servedName,
            boolean probed,
            InspectionReport report) {
        try (var adapter = AdapterLoader.load(folder, base);
                var device = HostProcessors.open(CpuDevice.Native.AUTO);
                var weights = AdapterWeights.upload(adapter, device, WeightPrecision.AUTO)) {
            AdapterName.check(adapter.name(), servedName);
            report.serve(adapter, weights.bytes());
            if (probed) {
                report.merge(weights.merge(), fidelity(base, device, weights));
            }
        } catch (LoadException e) {
            report.refuse(e.problems());
        }
    }
}
