package org.dlora.app;

import java.nio.file.Path;
import org.dlora.adapter.AdapterLoader;
import org.dlora.adapter.AdapterWeights;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.WeightPrecision;
import org.dlora.tensor.LoadException;

/**
 * Does with one adapter what the server does with each at its start, down to packing its weights,
 * so that the verdict is the server's.
 */
final class Inspection {
    private static final String GIVE_MODEL =
            "no --model was given, so the adapter was checked against the demo model; give the one that it was trained on by --model=DIR";

    private Inspection() {}

    /**
     * Checks the adapter in {@code folder} against the base model in {@code model}.
     *
     * @param demo what to call the base model in place of its folder if it is the bundled one;
     *     empty if it is not
     */
    static AdapterReport of(Path folder, Path model, String demo) {
        var report = new AdapterReport(folder, demo.isEmpty() ? model.toString() : demo);
        var servedName = demo.isEmpty() ? ModelSource.nameOf(model) : ModelSource.DEMO_NAME;
        try (var base = BaseModel.open(model)) {
            base.warnings().forEach(warning -> report.warn("base model: " + warning));
            load(folder, base, servedName, report);
        } catch (LoadException e) {
            report.refuse(e.problems().stream().map(problem -> "base model: " + problem).toList());
        }
        if (!report.isServed() && !demo.isEmpty()) {
            report.hint(GIVE_MODEL);
        }
        return report;
    }

    private static void load(Path folder, BaseModel base, String servedName, AdapterReport report) {
        try (var adapter = AdapterLoader.load(folder, base);
                var device = new CpuDevice();
                var weights = AdapterWeights.upload(adapter, device, WeightPrecision.AUTO)) {
            ModelSource.checkName(adapter, servedName);
            report.serve(adapter, weights.bytes());
        } catch (LoadException e) {
            report.refuse(e.problems());
        }
    }
}
