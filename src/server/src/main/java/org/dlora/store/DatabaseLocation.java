package org.dlora.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** The place of the database, with the settings of Spring Boot that lead there. */
sealed interface DatabaseLocation {

    /** Returns settings that stand above those of the user. */
    Map<String, Object> settings();

    /** Returns the place as a log line names it, without passwords. */
    String label();

    /** Returns an id that tells it from other databases; empty if it ends with the process. */
    Optional<String> id();

    /** Returns the file that this process keeps open; empty if there is none. */
    default Optional<DatabaseFile> openFile() {
        return Optional.empty();
    }

    /** A server or file that {@code spring.datasource.url} names. */
    record Named(String url) implements DatabaseLocation {
        private static final Pattern FILE = Pattern.compile("jdbc:h2:(?!mem:|tcp:|ssl:)([^;]+).*");

        /** Returns whether several servers may use it. */
        boolean isShared() {
            return url.startsWith("jdbc:postgresql:");
        }

        @Override
        public Map<String, Object> settings() {
            return Map.of();
        }

        @Override
        public Optional<String> id() {
            return Optional.of(UUID.nameUUIDFromBytes(label().getBytes(UTF_8)).toString());
        }

        @Override
        public Optional<DatabaseFile> openFile() {
            var file = FILE.matcher(url);
            return file.matches() ? Optional.of(new DatabaseFile(file.group(1))) : Optional.empty();
        }

        /** Parameters of a URL may hold a password. */
        @Override
        public String label() {
            return url.replaceAll("[?;].*", "").replaceAll("//[^/@]*@", "//");
        }
    }

    /**
     * A file of H2. A transaction is in the file once it is committed, so that the end of the
     * process loses none.
     *
     * @param file without H2's suffix
     */
    record HomeFile(Path file) implements DatabaseLocation {
        @Override
        public Map<String, Object> settings() {
            return h2("file:" + file.toAbsolutePath() + ";WRITE_DELAY=0");
        }

        @Override
        public String label() {
            return file + ".mv.db";
        }

        /** Returns the same for all homes, as a store of adapters is a part of one. */
        @Override
        public Optional<String> id() {
            return Optional.of("home");
        }

        @Override
        public Optional<DatabaseFile> openFile() {
            return Optional.of(new DatabaseFile(file.toAbsolutePath().toString()));
        }

        /** Creates the folder of the file, for its owner alone where the system can do that. */
        void createFolder() throws IOException {
            var folder = file.toAbsolutePath().getParent();
            if (folder == null || Files.isDirectory(folder)) {
                return;
            }
            if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createDirectories(
                        folder,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
            } else {
                Files.createDirectories(folder);
            }
        }
    }

    /** The memory of this process. */
    record Memory(String name) implements DatabaseLocation {
        Memory() {
            this(UUID.randomUUID().toString());
        }

        @Override
        public Map<String, Object> settings() {
            return h2("mem:" + name + ";DB_CLOSE_DELAY=-1");
        }

        @Override
        public String label() {
            return "memory";
        }

        @Override
        public Optional<String> id() {
            return Optional.empty();
        }
    }

    // Closed by the server, after its last rows; H2's own hook would come before them.
    private static Map<String, Object> h2(String place) {
        return Map.of(
                "spring.datasource.url",
                "jdbc:h2:" + place + ";DB_CLOSE_ON_EXIT=FALSE",
                "spring.datasource.username",
                "sa",
                "spring.datasource.password",
                "");
    }
}
