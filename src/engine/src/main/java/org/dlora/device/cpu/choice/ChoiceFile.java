package org.dlora.device.cpu.choice;

import static java.lang.System.Logger.Level.DEBUG;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumMap;
import java.util.Optional;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.tensor.JsonFile;
import org.dlora.tensor.LoadException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * File with the family that was chosen for a processor, and the rates that it was chosen by.
 * Answers of families differ in their bits, so that noise in a later measurement must not change
 * the family.
 *
 * <p>A file is written whole or not at all, and the first of several processes writes it. A file
 * that cannot be used counts as none. One that cannot be written costs a measurement at each start.
 */
final class ChoiceFile {
    private static final System.Logger log = System.getLogger(ChoiceFile.class.getName());
    private static final String NOTE =
            "Kernels that were chosen for this processor by measurement. Remove the file to have them measured anew.";
    private static final double GIGA = 1e9;

    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path folder;
    private final ChoiceKey key;
    private final Path file;

    /** Content of a choice file. */
    record Entry(KernelFamily family, FamilyRates rates) {}

    /**
     * @param folder created when first needed
     */
    ChoiceFile(Path folder, ChoiceKey key) {
        this.folder = folder;
        this.key = key;
        file = folder.resolve(key.fileName());
    }

    Path path() {
        return file;
    }

    /** Returns the content of the file; empty if there is none for this key. */
    Optional<Entry> read() {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return entry(JsonFile.read(file));
        } catch (LoadException e) {
            log.log(DEBUG, "{0} is not used: {1}", file, e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Writes the file, unless another process was faster.
     *
     * @return content of the file then, or {@code measured} if the file cannot be written
     */
    Entry keep(Entry measured) {
        try {
            create();
            var partial = Files.createTempFile(folder, "kernels", ".tmp");
            try {
                Files.writeString(partial, text(measured));
                return publish(partial, measured);
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException e) {
            log.log(
                    DEBUG,
                    "Kernels are measured at each start, as {0} cannot be written: {1}",
                    file,
                    e.toString());
            return measured;
        }
    }

    private void create() throws IOException {
        boolean isPosix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        Files.createDirectories(
                folder, isPosix ? new FileAttribute<?>[] {OWNER_ONLY} : new FileAttribute<?>[0]);
    }

    /** Gives {@code partial} its name by a link, which, unlike a move, replaces no other file. */
    private Entry publish(Path partial, Entry measured) throws IOException {
        try {
            Files.createLink(file, partial);
            return measured;
        } catch (FileAlreadyExistsException _) {
            var other = read();
            if (other.isPresent()) {
                return other.get();
            }
        } catch (IOException | UnsupportedOperationException _) {
            // A file system without links.
        }
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
        return measured;
    }

    private String text(Entry entry) {
        var json = JsonNodeFactory.instance.objectNode();
        json.put("note", NOTE);
        json.put("processor", key.processor());
        json.put("version", key.version());
        json.put("chosen", entry.family().label());
        var rates = json.putObject("gflop_s");
        entry.rates().flops().forEach((family, rate) -> rates.put(family.label(), rate / GIGA));
        json.put("read_gb_s", entry.rates().readBandwidth() / GIGA);
        return JsonMapper.builder()
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(json)
                + System.lineSeparator();
    }

    private Optional<Entry> entry(ObjectNode json) {
        if (!json.path("processor").asString("").equals(key.processor())
                || json.path("version").asInt(0) != key.version()) {
            return Optional.empty();
        }
        var flops = new EnumMap<KernelFamily, Double>(KernelFamily.class);
        for (var family : key.families()) {
            double rate = positive(json.path("gflop_s").path(family.label()));
            if (rate == 0) {
                return Optional.empty();
            }
            flops.put(family, rate);
        }
        var rates = new FamilyRates(flops, positive(json.path("read_gb_s")));
        var chosen = json.path("chosen").asString("");
        return key.families().stream()
                .filter(family -> family.label().equals(chosen))
                .map(family -> new Entry(family, rates))
                .findFirst();
    }

    /** Returns a rate of billions a second; 0 if there is none. */
    private static double positive(JsonNode rate) {
        double value = rate.asDouble(0) * GIGA;
        return value > 0 && Double.isFinite(value) ? value : 0;
    }
}
