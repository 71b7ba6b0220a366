#pragma once
/* The version of the program. */

#define VERSION "0.1.0"
