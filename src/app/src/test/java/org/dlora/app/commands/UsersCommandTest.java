package org.dlora.app.commands;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users made without a running server, in its database. */
class UsersCommandTest {
    /** Address of no server. */
    private static final String NOBODY = "--url=http://127.0.0.1:1";

    @TempDir Path home;
    @TempDir Path files;
    private String errors = "";

    private String run(int code, String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        var all = new ArrayList<>(List.of("users"));
        all.addAll(List.of(arguments));
        all.add(NOBODY);
        all.add("--home=" + home);
        int got =
                CommandRunner.run(
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        all.toArray(String[]::new));
        errors = err.toString();
        assertThat(got).as(out + errors).isEqualTo(code);
        return out.toString();
    }

    private String password(String text) throws IOException {
        return "--password-file=" + Files.writeString(files.resolve("password"), text);
    }

    @Test
    void aUserIsMadeListedChangedAndRemoved() throws Exception {
        var file = password("correct horse battery\n");
        assertThat(run(0, "create", "--name=Ann", "--role=admin", file))
                .contains("ann is made, with the role admin");
        assertThat(run(1, "create", "--name=ann", "--role=viewer", file)).isEmpty();
        assertThat(errors).contains("There is a user 'ann' already");
        assertThat(run(0, "create", "--name=bob", "--role=viewer", file)).contains("bob is made");
        assertThat(run(0, "list"))
                .containsPattern("ann +admin +enabled +never signed in")
                .containsPattern("bob +viewer +enabled +never signed in")
                .doesNotContain("argon2");
        assertThat(run(0, "role", "bob", "operator")).contains("bob has the role operator");
        assertThat(run(0, "disable", "bob")).contains("bob is disabled");
        assertThat(run(0, "list")).containsPattern("bob +operator +disabled");
        assertThat(run(0, "enable", "bob")).contains("bob is enabled");
        assertThat(run(0, "password", "bob", file)).contains("bob has a new password");
        assertThat(run(1, "disable", "ann")).isEmpty();
        assertThat(errors).contains("last administrator");
        assertThat(run(0, "delete", "bob")).contains("bob is removed");
        assertThat(run(1, "delete", "bob")).isEmpty();
        assertThat(errors).contains("There is no such user");
    }

    @Test
    void wrongUsageIsSaid() throws Exception {
        run(2);
        assertThat(errors).contains("create, list, password, role, disable, enable, delete");
        run(2, "create", "--name=x");
        assertThat(errors).contains("--role");
        run(2, "create", "--name=x", "--role=viewer", "--password=secret");
        assertThat(home).isEmptyDirectory();
        run(1, "create", "--name=x", "--role=king", password("correct horse battery"));
        assertThat(errors).contains("'king' is no role");
        run(1, "create", "--name=x", "--role=admin", password("short"));
        assertThat(errors).contains("12 to 200 characters, but has 5");
        run(1, "create", "--name=x", "--role=admin", password(""));
        assertThat(errors).contains("has no password in its first line");
        run(1, "create", "--name=x", "--role=admin", "--password-file=" + files.resolve("none"));
        assertThat(errors).contains("cannot be read").contains("none");
    }

    @Test
    void aPasswordIsTheFirstLineOfTheInput() {
        InputStream input =
                new ByteArrayInputStream("first line\nsecond\n".getBytes(StandardCharsets.UTF_8));
        assertThat(PasswordInput.read(null, input)).isEqualTo("first line");
    }
}
