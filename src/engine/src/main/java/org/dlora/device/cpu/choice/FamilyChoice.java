package org.dlora.device.cpu.choice;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.dlora.device.cpu.natives.KernelFamily;

/**
 * The family of kernels that a device uses, and why.
 *
 * @param reason in words, for the log and for reports
 * @param rates that it was chosen by, if it was chosen by measurement
 */
public record FamilyChoice(KernelFamily family, String reason, Optional<FamilyRates> rates) {

    /** Returns a choice of somebody else. */
    public static FamilyChoice set(KernelFamily family) {
        return new FamilyChoice(family, "as the settings say", Optional.empty());
    }

    /**
     * Returns the one choice that there is.
     *
     * @param missing why the family before it in {@link FamilyRates#ORDER} does not run here
     */
    public static FamilyChoice only(KernelFamily family, String missing) {
        return new FamilyChoice(
                family,
                (family == KernelFamily.JAVA ? "none in C run here: " : "no others in C run here: ")
                        + missing,
                Optional.empty());
    }

    /**
     * Returns a choice without a measurement.
     *
     * @param families that run here, in {@link FamilyRates#ORDER}
     */
    public static FamilyChoice byFeatures(List<KernelFamily> families) {
        return new FamilyChoice(
                families.getFirst(),
                "the first of %d by the processor's features".formatted(families.size()),
                Optional.empty());
    }

    /**
     * Returns the choice that was remembered for this processor; if there is none, measures and
     * remembers it.
     *
     * @param folder of the files that choices are remembered in; created if need be
     */
    public static FamilyChoice measured(ChoiceKey key, Path folder, Supplier<FamilyRates> meter) {
        var file = new ChoiceFile(folder, key);
        return file.read()
                .map(known -> of(known, "remembered in " + file.path()))
                .orElseGet(() -> {
                    var rates = meter.get();
                    var kept = file.keep(new ChoiceFile.Entry(rates.best(), rates));
                    return of(kept, "measured now");
                });
    }

    /** Returns the choice with {@code note} behind its reason, if that is not empty. */
    public FamilyChoice noting(String note) {
        return note.isEmpty() ? this : new FamilyChoice(family, reason + "; " + note, rates);
    }

    private static FamilyChoice of(ChoiceFile.Entry entry, String how) {
        return new FamilyChoice(
                entry.family(),
                "%s, on one thread: %s".formatted(how, entry.rates().words()),
                Optional.of(entry.rates()));
    }
}
