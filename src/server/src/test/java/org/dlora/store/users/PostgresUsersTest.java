package org.dlora.store.users;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import org.dlora.security.AccessChangeException;
import org.dlora.security.users.ConsoleUser;
import org.dlora.security.users.Passwords;
import org.dlora.security.users.Role;
import org.dlora.security.users.UserService;
import org.dlora.security.users.UserService.Change;
import org.dlora.store.Database;
import org.dlora.store.TestDatabase;
import org.dlora.store.TestPostgres;
import org.junit.jupiter.api.RepeatedTest;

class PostgresUsersTest extends UsersContract {
    private final String url = TestPostgres.newDatabase();

    @Override
    Database open() {
        return TestDatabase.postgres(url, home);
    }

    private static UserService server(Database database) {
        var users =
                new UserService(
                        new DatabaseUsers(database), new Passwords(), InstantSource.system());
        users.refresh();
        return users;
    }

    @RepeatedTest(5)
    void serversThatChangeUsersAtOnceKeepAnAdministrator() throws Exception {
        try (var database = open();
                var another = open()) {
            var store = new DatabaseUsers(database);
            for (var name : List.of("ann", "bob")) {
                store.write(_ -> administrator(name));
            }
            var one = server(database);
            var other = server(another);
            int refused =
                    refusals(
                            () -> one.delete("ann"),
                            () -> other.change("bob", new Change(Role.VIEWER, null, null)));
            assertThat(refused).isEqualTo(1);
            assertThat(store.read())
                    .filteredOn(user -> user.role() == Role.ADMIN)
                    .as("administrators")
                    .hasSize(1);
        }
    }

    @RepeatedTest(5)
    void serversMakeOneFirstUser() throws Exception {
        try (var database = open();
                var another = open()) {
            var one = new DatabaseUsers(database);
            var other = new DatabaseUsers(another);
            int refused = refusals(() -> makeFirst(one, "ann"), () -> makeFirst(other, "eve"));
            assertThat(refused).isEqualTo(1);
            assertThat(one.read()).hasSize(1);
        }
    }

    private static ConsoleUser administrator(String name) {
        return new ConsoleUser(name, Role.ADMIN, "hash", false, "stamp", THEN, null, 0);
    }

    private static void makeFirst(DatabaseUsers store, String name) {
        store.write(users -> {
            if (!users.isEmpty()) {
                throw AccessChangeException.conflict("There are users.");
            }
            return administrator(name);
        });
    }

    /** Makes one change at each of several servers at once; returns how many were refused. */
    private static int refusals(Runnable... changes) throws InterruptedException {
        try (var threads = Executors.newFixedThreadPool(changes.length)) {
            var together = new CyclicBarrier(changes.length);
            var calls = new ArrayList<Callable<Boolean>>();
            for (var change : changes) {
                calls.add(() -> {
                    together.await();
                    change.run();
                    return true;
                });
            }
            int refused = 0;
            for (var call : threads.invokeAll(calls)) {
                try {
                    call.get();
                } catch (ExecutionException e) {
                    assertThat(e).cause().isInstanceOf(AccessChangeException.class);
                    refused++;
                }
            }
            return refused;
        }
    }
}
