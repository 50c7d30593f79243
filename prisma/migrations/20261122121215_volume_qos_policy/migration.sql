-- AlterTable
ALTER TABLE "volume" ADD COLUMN     "qos_policy" TEXT;
