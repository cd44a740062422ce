package org.dlora.engine.opening;

import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * Name of a device in the settings: {@code cpu} for the host's processors, {@code cuda:0} for the
 * first NVIDIA GPU.
 *
 * @param gpu number of the GPU; empty for the host
 */
public record DeviceName(OptionalInt gpu) {
    public static final String CPU = "cpu";

    private static final Pattern GPU = Pattern.compile("cuda:(\\d{1,3})");

    /**
     * Returns the device that {@code dlora.replicas} names.
     *
     * @throws StartException if it is no name of a device
     */
    public static DeviceName of(String text) {
        return of("The device of a replica (dlora.replicas)", text);
    }

    /**
     * Returns the device that a setting names.
     *
     * @param setting name of the setting in the message
     * @throws StartException if it is no name of a device
     */
    public static DeviceName of(String setting, String text) {
        var number = GPU.matcher(text);
        if (number.matches()) {
            return new DeviceName(OptionalInt.of(Integer.parseInt(number.group(1))));
        }
        if (!text.equals(CPU)) {
            throw new StartException(
                    "%s is '%s': expected cpu, or cuda:0 for the first NVIDIA GPU."
                            .formatted(setting, text));
        }
        return new DeviceName(OptionalInt.empty());
    }

    @Override
    public String toString() {
        return gpu.isPresent() ? "cuda:" + gpu.getAsInt() : CPU;
    }
}
