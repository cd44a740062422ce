package org.dlora.launcher;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.CRC32;

/**
 * A jar's classes as {@link Preparation} has made them ready: the jar taken apart and Java's AOT
 * cache (JEP 483, 514, 515) in a folder. A cache fits one jar and one JDK; a file says which.
 */
final class PreparedClasses {

    /** Options of a JVM that already say which archive of classes it uses or makes. */
    private static final String OWN_ARCHIVE =
            "-Xshare:.*|-XX:(SharedArchiveFile|ArchiveClassesAtExit|SharedClassListFile|DumpLoadedClassList)=.*"
                    + "|-XX:(AOTCache|AOTCacheOutput|AOTConfiguration)=.*"
                    + "|-XX:AOTMode=(record|create)|-XX:[+]AutoCreateSharedArchive";

    /**
     * Options with which Java uses no classes that were linked ahead of time: they change modules
     * or classes, or have objects laid out otherwise.
     */
    private static final String UNLINKABLE =
            "--(add|enable|illegal|limit|module|patch|upgrade)-.*"
                    + "|-(javaagent|agentlib|agentpath|Xrun|Xbootclasspath).*"
                    + "|-XX:StartFlightRecording.*|-Dcom[.]sun[.]management.*"
                    + "|-XX:[+]Use(Z|Shenandoah|Epsilon)GC|-XX:-UseCompressedOops"
                    + "|-Xmx((3[2-9]|[4-9]\\d|\\d{3,})([gG]|\\d{3}[mM])|\\d+[tT])";

    /** The end of a jar, in which its table of contents lies, with a sum of each entry. */
    private static final int TABLE_BYTES = 4 << 20;

    /** The jar that was taken apart: a name that Java finds in a class path as it stands there. */
    private static final String CLASSES = "classes.jar";

    private final File jar;
    private final Path folder;

    private PreparedClasses(File jar, Path folder) {
        this.jar = jar;
        this.folder = folder;
    }

    /** Returns those in the folder {@code NAME-prepared} beside {@code NAME.jar}, if any. */
    static PreparedClasses beside(File jar) {
        String name = jar.getName();
        String base = name.endsWith(".jar") ? name.substring(0, name.length() - 4) : name;
        return new PreparedClasses(
                jar, jar.getAbsoluteFile().toPath().resolveSibling(base + "-prepared"));
    }

    /** Returns those that are being made in another folder. */
    PreparedClasses in(Path other) {
        return new PreparedClasses(jar, other);
    }

    /** Returns whether a JVM's option leaves no room for {@link #start}'s. */
    static boolean isOwnArchive(String option) {
        return option.matches(OWN_ARCHIVE);
    }

    /** Returns whether a JVM with these options can use classes that were linked ahead of time. */
    static boolean areLinkable(List<String> options) {
        return options.stream().noneMatch(option -> option.matches(UNLINKABLE));
    }

    Path folder() {
        return folder;
    }

    Path cache() {
        return folder.resolve("classes.aot");
    }

    /**
     * Returns whether they were prepared for what the jar has in it now, for this JDK, and for a
     * JVM with these options.
     */
    boolean fit(JavaHome home, List<String> options) {
        if (options.stream().anyMatch(PreparedClasses::isOwnArchive)
                || areLinked() && !areLinkable(options)) {
            return false;
        }
        try {
            return isWhole() && isTrusted() && read().equals(fingerprint(home));
        } catch (IOException | UnsupportedOperationException e) {
            // A jar or a folder that cannot be read has no use here; a start says why.
            return false;
        }
    }

    private boolean isWhole() {
        return Files.isRegularFile(cache())
                && Files.isRegularFile(classPath())
                && Files.isDirectory(folder.resolve("lib"));
    }

    /** Returns whether nobody else may have made them: others may write beside a jar in /tmp. */
    private boolean isTrusted() throws IOException {
        UserPrincipal owner = Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS);
        boolean isOurs =
                owner.equals(Files.getOwner(jar.toPath()))
                        || owner.getName().equals(System.getProperty("user.name"));
        return isOurs
                && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                && !Files.getPosixFilePermissions(folder)
                        .contains(PosixFilePermission.OTHERS_WRITE);
    }

    /** Has classes linked ahead of time: their jar adds no module, but allows to load one. */
    void link() throws IOException {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.put(Attributes.Name.MAIN_CLASS, Launcher.class.getName());
        main.put(Attributes.Name.CLASS_PATH, CLASSES);
        main.putValue("Add-Exports", VectorModule.EXPORTS);
        main.putValue("Enable-Native-Access", "ALL-UNNAMED");
        new JarOutputStream(Files.newOutputStream(linked()), manifest).close();
    }

    private boolean areLinked() {
        return Files.exists(linked());
    }

    /** The jar that starts classes which were linked ahead of time; it has no class itself. */
    private Path linked() {
        return folder.resolve("linked.jar");
    }

    /** Returns the JVM's options of a start with the cache, with what it runs. */
    List<String> start() {
        return start("-XX:AOTCache=" + cache());
    }

    /** Returns the JVM's options of a start that makes the cache at its end. */
    List<String> recordedStart() {
        List<String> options = new ArrayList<>();
        // Else what C2 has compiled here is compiled first in a start, and keeps a processor busy.
        options.add("-XX:TieredStopAtLevel=2");
        if (areLinked()) {
            // Java keeps no class of a module that it would have to load for that.
            options.add("-Ddlora.cpu.vector=off");
            // Java 25 warns of some of what it would keep of calls between its own parts.
            options.add("-XX:+UnlockDiagnosticVMOptions");
            options.add("-XX:-AOTAdapterCaching");
        }
        options.addAll(start("-XX:AOTCacheOutput=" + cache()));
        return options;
    }

    private List<String> start(String cache) {
        return areLinked()
                ? Arrays.asList(cache, "-jar", linked().toString())
                : VectorModule.start(
                        cache, "-cp", classPath().toString(), Launcher.class.getName());
    }

    /** The jar with the server's own classes, beside its libraries. */
    Path classPath() {
        return folder.resolve(CLASSES);
    }

    /** Returns whether the folder was made by a preparation, and may be replaced by another. */
    boolean isOwn() {
        return Files.isRegularFile(mark());
    }

    /** Says what they were prepared for. */
    void finish(JavaHome home) throws IOException {
        Files.write(mark(), fingerprint(home).getBytes(StandardCharsets.UTF_8));
    }

    private Path mark() {
        return folder.resolve("prepared-for");
    }

    private String read() throws IOException {
        return new String(Files.readAllBytes(mark()), StandardCharsets.UTF_8);
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
