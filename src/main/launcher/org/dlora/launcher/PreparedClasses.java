package org.dlora.launcher;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A jar's classes as {@link Preparation} has made them ready: the jar taken apart and Java's AOT
 * cache (JEP 483, 514, 515), in the folder {@code NAME-prepared} beside {@code NAME.jar}. A cache
 * fits one jar and one JDK; a file says which.
 */
final class PreparedClasses {

    private static final String UNFINISHED = "unfinished";

    /** The end of a jar, in which its table of contents lies, with a sum of each entry. */
    private static final int TABLE_BYTES = 4 << 20;

    private final File jar;
    private final Path folder;

    /**
     * @param jar need not have been prepared
     */
    PreparedClasses(File jar) {
        this.jar = jar;
        String name = jar.getName();
        String base = name.endsWith(".jar") ? name.substring(0, name.length() - 4) : name;
        this.folder = jar.getAbsoluteFile().toPath().resolveSibling(base + "-prepared");
    }

    Path folder() {
        return folder;
    }

    Path cache() {
        return folder.resolve("classes.aot");
    }

    /** Returns whether they were prepared for what the jar has in it now, and for this JDK. */
    boolean fit(JavaHome home) {
        try {
            return Files.isRegularFile(cache()) && read().equals(fingerprint(home));
        } catch (IOException e) {
            // A jar or a folder that cannot be read has no use here; a start says why.
            return false;
        }
    }

    /** Returns the JVM's options of a start with the cache, with the main class. */
    List<String> start() {
        return options("-XX:AOTCache=");
    }

    /** Returns the JVM's options of a start that makes the cache at its end. */
    List<String> recordedStart() {
        return options("-XX:AOTCacheOutput=");
    }

    private List<String> options(String flag) {
        return Arrays.asList(
                flag + cache(),
                "-cp",
                folder.resolve(jar.getName()).toString(),
                Launcher.class.getName());
    }

    /** Returns whether the folder was made by a preparation, and may be removed for another. */
    boolean isOwn() {
        return Files.isRegularFile(mark());
    }

    /** Marks the folder as one of a preparation that has not ended. */
    void begin() throws IOException {
        Files.createDirectories(folder);
        write(UNFINISHED);
    }

    /** Marks the folder as whole. */
    void finish(JavaHome home) throws IOException {
        write(fingerprint(home));
    }

    private Path mark() {
        return folder.resolve("prepared-for");
    }

    private String read() throws IOException {
        return new String(Files.readAllBytes(mark()), StandardCharsets.UTF_8);
    }

    private void write(String text) throws IOException {
        Path next = folder.resolve("prepared-for.next");
        Files.write(next, text.getBytes(StandardCharsets.UTF_8));
        Files.move(next, mark(), StandardCopyOption.REPLACE_EXISTING);
    }

    /** Returns a line with sums over the jar's table of contents and the JDK's description. */
    private String fingerprint(JavaHome home) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(jar, "r")) {
            long bytes = file.length();
            byte[] table = new byte[(int) Math.min(bytes, TABLE_BYTES)];
            file.seek(bytes - table.length);
            file.readFully(table);
            return "jar " + sum(table) + " of " + bytes + " bytes, JDK " + sum(home.description());
        }
    }

    private static String sum(byte[] bytes) {
        CRC32 sum = new CRC32();
        sum.update(bytes, 0, bytes.length);
        return Long.toHexString(sum.getValue());
    }
}
