package org.dlora.device.cpu.choice;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.dlora.device.cpu.natives.KernelFamily;

/**
 * Key of a measured choice: other kernels or another processor are measured anew.
 *
 * @param processor name and signature
 * @param version of the kernels in C
 * @param families that run here
 */
public record ChoiceKey(String processor, int version, List<KernelFamily> families) {
    public ChoiceKey {
        families = List.copyOf(families);
    }

    /** Returns a name for a file, which different processors might share. */
    String fileName() {
        return String.format(
                Locale.ROOT,
                "%d-%s-%s.json",
                version,
                processor.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-"),
                families.stream().map(KernelFamily::label).collect(Collectors.joining("-")));
    }
}
