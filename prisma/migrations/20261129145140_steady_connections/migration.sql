-- AlterTable
ALTER TABLE "cluster" ADD COLUMN     "watched_until" TIMESTAMPTZ(3);
