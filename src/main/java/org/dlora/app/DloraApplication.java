package org.dlora.app;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the server, or runs the command that the first argument names. */
@SpringBootApplication
public class DloraApplication {

    public static void main(String[] args) {
        if (Commands.isNamed(args)) {
            System.exit(Commands.run(args));
        }
        SpringApplication.run(DloraApplication.class, args);
    }
}
