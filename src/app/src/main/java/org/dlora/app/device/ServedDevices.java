package org.dlora.app.device;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.app.settings.DloraProperties;
import org.dlora.device.Device;
import org.dlora.device.MemoryLedger;
import org.dlora.engine.opening.BaseWeights;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.DeviceOpener;
import org.dlora.engine.opening.StartException;
import org.dlora.model.DecoderSpec;
import org.dlora.tensor.DType;

/**
 * The devices that replicas serve on, in the order in which {@code dlora.replicas} names them. All
 * have one arithmetic, so that KV and measured accuracies hold on each of them.
 */
public final class ServedDevices {
    private final List<ServedDevice> all;

    private ServedDevices(List<ServedDevice> all) {
        this.all = List.copyOf(all);
    }

    /**
     * Opens the devices of the settings.
     *
     * @param spec of the base model, which each device has once
     * @param weights dtype of its matrices
     * @throws StartException if one is not there, has another arithmetic than the first, or does
     *     not hold the weights
     */
    public static ServedDevices open(
            DloraProperties settings,
            DeviceOpener opener,
            DecoderSpec spec,
            DType weights,
            Closing closing) {
        var asked = settings.replicasOrDefault();
        var names = settings.devices();
        var opened = new ArrayList<ServedDevice>();
        for (var name : names) {
            var device = closing.later(opener.open(name, settings.cpu().nativeKernels()));
            if (!opened.isEmpty()) {
                requireOneArithmetic(opened.getFirst().device(), device);
            }
            var replicas =
                    IntStream.range(0, asked.size())
                            .filter(i -> asked.get(i).deviceName().equals(name))
                            .boxed()
                            .toList();
            var memory = names.size() == 1 ? MemoryShare.HOST : device.name();
            opened.add(ServedDevice.of(device, memory, replicas, spec, weights, closing));
        }
        return new ServedDevices(opened);
    }

    private static void requireOneArithmetic(Device first, Device other) {
        if (!first.numericMode().equals(other.numericMode())) {
            throw new StartException(
                    "The replicas of a process have devices with one arithmetic: %s has %s, %s has %s. Start a server for each."
                            .formatted(
                                    first.name(),
                                    first.numericMode(),
                                    other.name(),
                                    other.numericMode()));
        }
    }

    List<ServedDevice> all() {
        return all;
    }

    public ServedDevice first() {
        return all.getFirst();
    }

    /** Returns the device of replica {@code number}. */
    public ServedDevice of(int number) {
        return all.stream()
                .filter(one -> one.replicas().contains(number))
                .findFirst()
                .orElseThrow();
    }

    /** Returns the device with a memory. */
    public ServedDevice of(MemoryShare share) {
        return of(share.replicas().getFirst());
    }

    /**
     * Plans the memories of all devices.
     *
     * @throws StartException if they do not fit
     */
    public List<MemoryShare> shares(DloraProperties settings, MemoryShare.Needs needs) {
        return all.stream()
                .flatMap(one -> MemoryShare.plan(settings, one, needs).stream())
                .toList();
    }

    /**
     * Packs the base model for each device, and corrects the plans of their memories.
     *
     * @param maxModelLength positions that a sequence takes at most
     */
    public void pack(BaseWeights weights, int maxModelLength) {
        for (var one : all) {
            var packed = weights.pack(one.device(), maxModelLength, one.isIndexed());
            one.weights().correct(packed.bytes());
        }
    }

    /** Returns an uploader to a memory. */
    public AdapterUploader uploader(AdapterUploader first, MemoryShare share) {
        return first.within(of(share).device(), share.books());
    }

    /** Returns the books of each device's whole memory, by the name of the memory. */
    public Map<String, MemoryLedger> ledgers() {
        var ledgers = new LinkedHashMap<String, MemoryLedger>();
        all.forEach(one -> ledgers.put(one.memory(), one.ledger()));
        return ledgers;
    }
}
